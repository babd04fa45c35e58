/** A change that is in order, to be spoilt one part at a time. */
export function sampleChange(parts: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    changeId: "0190a6b2-7c00-7000-8000-000000000001",
    type: "CREATED",
    entityType: "goal",
    entityId: "q7Jx2mVbN0sLdPz4KcY1e",
    data: { title: "Perform Clair de Lune from memory", progress: 35 },
    timestamp: 1_753_913_712_418,
    ...parts,
  };
}
