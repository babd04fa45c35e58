/**
 * Every bound of the wire contract, in one place. Sizes are UTF-8 bytes of `JSON.stringify`, lengths are
 * UTF-16 units. Server, client and tests import these; a number that appears twice is a bug.
 */
export const limits = {
  /** Largest request body, after inflating. */
  requestBytesMax: 1024 * 1024,
  /** Most changes one request may carry. */
  changesPerRequestMax: 500,
  /** `limit` when the request names none. */
  pageChangesDefault: 500,
  /** Largest `limit` a request may ask for. */
  pageChangesMax: 1000,
  /** Most bytes of `newChanges` and `conflicts` in one answer; one change is always delivered. */
  pageBytesMax: 900 * 1024,
  /** Largest entity after merging, and largest `data` of one change. */
  entityBytesMax: 256 * 1024,
  /** Most top-level fields of an entity. */
  entityFieldsMax: 1000,
  /** Longest name of a top-level field. */
  fieldNameUnitsMax: 128,
  /** Deepest nesting; the entity object is level 1, scalars add none. */
  depthMax: 32,
  /** Longest id (`entityId`, the user's `sub`). */
  idUnitsMax: 128,
  /** Largest |timestamp| in ms: the range of ECMAScript dates. */
  timestampAbsMax: 8.64e15,
  /** Longest `changeId` that is echoed in a verdict although it is not a UUID. */
  echoedChangeIdUnitsMax: 64,
} as const;
