/** A browser that several people use: one page, and who is signed in. */
import { newSite } from "./watched_page.ts";

/** A page in which one person after the other signs in. */
export async function sharedPage(first: string) {
  let user: string | null = first;
  const open = newSite();
  const page = open({ user: () => user });
  await page.sync();
  return {
    open,
    page,
    async logout() {
      user = null;
      await page.client.logout();
      await page.look();
    },
    async signIn(name: string) {
      user = name;
      await page.client.signIn();
      await page.look();
    },
    /** Begins to, without waiting. */
    startSignIn(name: string) {
      user = name;
      return page.client.signIn();
    },
  };
}
