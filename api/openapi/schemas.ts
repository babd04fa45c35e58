/** Every schema of the wire as JSON Schema 2020-12 under `#/components/schemas/`, generated from zod. */
import { z } from "zod";
import { limits } from "../../shared/mod.ts";
import {
  changeRecord,
  conflict,
  problem,
  pulledChange,
  syncRequest,
  syncResponse,
  verdict,
} from "../../shared/schema.ts";
import { serverProblems } from "../problem_error.ts";
import {
  auditRow,
  conflictsAnswer,
  demoTokenAnswer,
  demoTokenRequest,
  exportLine,
  flagsAdminAnswer,
  flagsAnswer,
  flagsAuditAnswer,
  flagsRequest,
  healthAnswer,
  historyAnswer,
  migrateAnswer,
  statusAnswer,
} from "./answer_schemas.ts";
import {
  v1BatchAnswer,
  v1BatchRequest,
  v1Error,
  v1PullAnswer,
  v1PushAnswer,
  v1PushRequest,
  v1StatusAnswer,
} from "./v1_schemas.ts";
import { fieldDescriptions } from "./field_descriptions.ts";

const named = {
  ChangeRecord: changeRecord,
  // The server judges `changes` one by one, so that its own schema says nothing of their elements.
  SyncRequest: syncRequest.extend({ changes: z.array(changeRecord).max(limits.changesPerRequestMax) }),
  SyncResponse: syncResponse,
  Verdict: verdict,
  PulledChange: pulledChange,
  Conflict: conflict,
  Problem: problem.extend({ code: z.enum(Object.keys(serverProblems) as [keyof typeof serverProblems]) }),
  Status: statusAnswer,
  Migration: migrateAnswer,
  AuditRow: auditRow,
  History: historyAnswer,
  Conflicts: conflictsAnswer,
  ExportLine: exportLine,
  V1PullAnswer: v1PullAnswer,
  V1PushRequest: v1PushRequest,
  V1PushAnswer: v1PushAnswer,
  V1BatchRequest: v1BatchRequest,
  V1BatchAnswer: v1BatchAnswer,
  V1StatusAnswer: v1StatusAnswer,
  V1Error: v1Error,
  Health: healthAnswer,
  Flags: flagsAnswer,
  FlagsAdmin: flagsAdminAnswer,
  FlagsRequest: flagsRequest,
  FlagsAudit: flagsAuditAnswer,
  DemoTokenRequest: demoTokenRequest,
  DemoToken: demoTokenAnswer,
};

/** Name of a schema in the document. */
export type SchemaName = keyof typeof named;

/** A reference to a schema of the document. */
export function schemaRef(name: SchemaName): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** The schemas by name; open for fields to come, as clients must be. */
export function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
    uri: (id) => schemaRef(id as SchemaName).$ref,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => {
      describeFields(schema as unknown as SchemaNode, fieldDescriptions[id as SchemaName] ?? {});
      return [id, schema];
    }),
  );
}

/** Objects of JSON Schema, as far as they are looked at here. */
interface SchemaNode {
  properties?: Record<string, Record<string, unknown>>;
  oneOf?: SchemaNode[];
}

function describeFields(node: SchemaNode, descriptions: Readonly<Record<string, string>>): void {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const description = descriptions[name];
    if (description !== undefined) field.description = description;
  }
  for (const part of node.oneOf ?? []) describeFields(part, descriptions);
}
