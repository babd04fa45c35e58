/** What the compilers of Vue and Svelte make of their files. */
declare module "*.vue" {
  import type { Component } from "vue";
  const component: Component;
  export default component;
}
declare module "*.svelte" {
  import type { Component } from "svelte";
  const component: Component<{ binding: string | undefined }>;
  export default component;
}
