/**
 * The element's reactive properties, their attributes and defaults. Declared, not initialised as fields: a field
 * would hide the accessor that draws the element again.
 */
import { ReactiveElement } from "@lit/reactive-element";
import { systemClock } from "../adapters/system_clock.ts";
import type { Clock } from "../ports.ts";
import type { ChangeRecord, SyncStatus } from "../sync_client_api.ts";
import { checking } from "./element_status.ts";
import type { Messages } from "./messages.ts";

/** A switch is on while its attribute is present. `"false"` is what Vue and Svelte write for a switch that is off. */
const isOn = (value: string | null) => value !== null && value !== "false";

/** What can be set on the element, and what it draws. */
export class ElementProperties extends ReactiveElement {
  static override properties = {
    endpoint: {},
    name: {},
    // Reflected for the styles: frameworks set the property.
    variant: { reflect: true },
    placement: {},
    paused: { converter: isOn },
    staleAfter: { type: Number, attribute: "stale-after" },
    noPanel: { converter: isOn, attribute: "no-panel" },
    bind: {},
    watchStorage: { attribute: "watch-storage" },
    entityType: { attribute: "entity-type" },
    messages: { attribute: false },
    describe: { attribute: false },
    language: { attribute: "lang" },
    // Here for what a page sets before the element is defined: it would hide the element's own accessors.
    getToken: { attribute: false, noAccessor: true },
    client: { attribute: false, noAccessor: true },
    shown: { state: true },
  };

  declare endpoint: string | null;
  declare name: string | null;
  declare variant: string | null;
  declare placement: string;
  declare paused: boolean;
  declare staleAfter: number | null;
  declare noPanel: boolean;
  declare bind: string | null;
  declare watchStorage: string | null;
  declare entityType: string | null;
  /** Words that replace the English ones. */
  declare messages: Messages | undefined;
  /** Names a change for a person, e.g. by its title; rendered as text. */
  declare describe: ((change: ChangeRecord) => string) | undefined;
  /** Time; for tests. */
  declare clock: Clock;
  /** The `lang` attribute, so that the element is drawn again when it changes. */
  declare protected language: string | null;
  declare protected shown: SyncStatus;

  constructor() {
    super();
    this.endpoint =
      this.name =
      this.variant =
      this.bind =
      this.watchStorage =
      this.entityType =
        null;
    this.placement = "";
    this.paused = this.noPanel = false;
    this.staleAfter = 24;
    this.messages = {};
    this.clock = systemClock;
    this.shown = checking;
  }
}
