/**
 * A site's own schemas, one for each entity type that it wants judged. Invariant: a schema only says yes or no.
 * What it would strip, coerce or default never reaches the store, because a schema that drops a field it does
 * not know yet loses the data of a newer client.
 */
import { isEntityType, type JsonObject } from "../shared/mod.ts";

/**
 * Any synchronous schema of the Standard Schema interface (https://standardschema.dev): zod, valibot, arktype
 * and others carry it.
 */
export interface EntitySchema {
  readonly "~standard": {
    validate(value: unknown): SchemaResult | Promise<SchemaResult>;
  };
}

/** What a schema answers; `issues` is there when it refuses. */
export interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** One fault, and where in the data. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Schemas by entity type; a type that is not in it takes any data. */
export type EntityTypes = Readonly<Record<string, EntitySchema>>;

/** A reason to refuse `data` of `entityType`, fit for a person, or null. */
export type ValidateData = (entityType: string, data: JsonObject) => string | null;

/** Is told what the schema of `entityType` threw; whatever is thrown may hold the data that it was thrown on. */
export type SchemaFailed = (entityType: string, thrown: unknown) => void;

const issuesNamedMax = 5;
const pathUnitsMax = 128;
const messageUnitsMax = 200;

/**
 * The judgment of `entityTypes`. Data on which a schema throws is refused, and `schemaFailed` told: an exception
 * would be the end of the whole request, neighbours and all, each time that the data comes. Throws `RangeError`
 * for a name that no entity type can have, and `TypeError` when a schema turns out to be asynchronous: a verdict
 * is made in one step with what it was judged on.
 */
export function entityTypeValidator(
  entityTypes: EntityTypes,
  schemaFailed: SchemaFailed = () => {},
): ValidateData {
  const schemas = new Map(Object.entries(entityTypes));
  for (const name of schemas.keys()) {
    if (!isEntityType(name)) {
      throw new RangeError(
        `Cannot use 'entityTypes' as its names must be a letter a-z and up to 63 of a-z, 0-9, _: one is "${name}"`,
      );
    }
  }
  return (entityType, data) => {
    const schema = schemas.get(entityType);
    if (schema === undefined) return null;
    const judged = judge(schema, data);
    if (judged.kind === "asynchronous") {
      throw new TypeError(
        `Cannot judge '${entityType}': its schema must be synchronous, it answered a promise`,
      );
    }
    if (judged.kind === "answered") return judged.reason;
    schemaFailed(entityType, judged.thrown);
    return `This site's rules for '${entityType}' fail on this data, so that it cannot be judged. ` +
      "Change the data, or tell whoever runs this site.";
  };
}

type Judged =
  | { kind: "answered"; reason: string | null }
  | { kind: "threw"; thrown: unknown }
  | { kind: "asynchronous" };

function judge(schema: EntitySchema, data: JsonObject): Judged {
  try {
    // A copy: a schema's transform may write into what it is given.
    const result = schema["~standard"].validate(structuredClone(data));
    if (isPromise(result)) {
      result.then(null, () => {});
      return behindPromise(schema, data);
    }
    const { issues } = result;
    const fits = issues === undefined || issues.length === 0;
    return { kind: "answered", reason: fits ? null : reasonOf(issues) };
  } catch (thrown) {
    return { kind: "threw", thrown };
  }
}

/** A promise of any library, also of another realm. */
function isPromise(result: SchemaResult | Promise<SchemaResult>): result is Promise<SchemaResult> {
  return typeof (result as Partial<Promise<SchemaResult>>).then === "function";
}

/**
 * What a promise stands for. zod answers one also when a synchronous schema threw: it takes whatever is thrown
 * for a sign that the schema is asynchronous. Its `safeParse` throws what was thrown; of an asynchronous schema
 * it says so in words that all its versions share, and no class does, as the site's zod need not be ours.
 */
function behindPromise(schema: EntitySchema & { safeParse?: unknown }, data: JsonObject): Judged {
  if (typeof schema.safeParse !== "function") return { kind: "asynchronous" };
  try {
    schema.safeParse(structuredClone(data));
  } catch (thrown) {
    const isComplaint = thrown instanceof Error && /synchronous parse/i.test(thrown.message);
    if (!isComplaint) return { kind: "threw", thrown };
  }
  return { kind: "asynchronous" };
}

function reasonOf(issues: readonly SchemaIssue[]): string {
  const named = issues.slice(0, issuesNamedMax).map(({ path, message }) => {
    const place = pathText(path ?? []);
    return `${place === "" ? "" : `${place}: `}${shorten(message, messageUnitsMax)}`;
  });
  const left = issues.length - named.length;
  const more = left === 0 ? "" : ` (and ${left} more)`;
  return `The data does not fit this site's rules. ${named.join("; ")}${more}`;
}

/** `target.minutes`, `pieces[2].title`. */
function pathText(path: NonNullable<SchemaIssue["path"]>): string {
  let text = "";
  for (const part of path) {
    const key = typeof part === "object" ? part.key : part;
    text += typeof key === "number" ? `[${key}]` : `${text === "" ? "" : "."}${String(key)}`;
  }
  return shorten(text, pathUnitsMax);
}

function shorten(text: string, unitsMax: number): string {
  return text.length <= unitsMax ? text : `${text.slice(0, unitsMax - 1).toWellFormed()}…`;
}
