/** A list of goals in Angular without zone.js, as a site would write it around `<sync-status>`. */
import {
  afterNextRender,
  Component,
  CUSTOM_ELEMENTS_SCHEMA,
  DestroyRef,
  ElementRef,
  inject,
  signal,
} from "@angular/core";
import type { SyncClient } from "tenuto";
import { endpoint, token } from "../session.ts";

@Component({
  selector: "app-root",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <main>
      @if (isShown()) {
        <sync-status
          [endpoint]="endpoint"
          variant="bar"
          stale-after="2"
          [paused]="false"
          [getToken]="getToken"
          (sync-status-change)="showState($event)"
          (sync-token-request)="giveToken($event)"
        ></sync-status>
      }
      <button id="toggle" type="button" (click)="isShown.set(!isShown())">Status</button>
      <button id="add" type="button" (click)="add()">Add</button>
      <output>{{ state() }}</output>
      <ul>
        @for (goal of goals(); track goal["id"]) {
          <li>{{ goal["title"] }}</li>
        }
      </ul>
    </main>
  `,
})
export class App {
  readonly endpoint = endpoint;
  readonly isShown = signal(true);
  readonly state = signal("");
  readonly goals = signal<readonly Readonly<Record<string, unknown>>[]>([]);
  readonly #binding = document.body.dataset.binding;
  readonly getToken = this.#binding === "property" ? token : undefined;
  #client: SyncClient | null = null;

  constructor() {
    const host: HTMLElement = inject(ElementRef).nativeElement;
    const destroyed = inject(DestroyRef);
    afterNextRender(async () => {
      await customElements.whenDefined("sync-status");
      const client = this.#client = host.querySelector("sync-status")!.client!;
      const read = () => this.goals.set(client.list("goal"));
      read();
      destroyed.onDestroy(client.subscribe("goal", read));
    });
  }

  showState(event: HTMLElementEventMap["sync-status-change"]): void {
    this.state.set(event.detail.state);
  }
  giveToken(event: HTMLElementEventMap["sync-token-request"]): void {
    if (this.#binding === "event") event.respondWith(token());
  }
  add(): void {
    this.#client?.create("goal", { title: `Goal ${this.goals().length + 1}` });
  }
}
