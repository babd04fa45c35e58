/** Practice-log entries of a realistic size (about 450 bytes of JSON), the same in every run. */
const pieces = ["Sonata in A minor", "Étude no. 4", "Nocturne", "Prelude and Fugue in C", "Arabesque"];
const places = ["home", "school", "studio"];

/** A CREATED with ids that depend on `user` and `number` only. */
export function practiceEntry(user: number, number: number) {
  const id = `${String(user).padStart(8, "0")}-0000-4000-8000-${String(number).padStart(12, "0")}`;
  return {
    changeId: id,
    type: "CREATED" as const,
    entityType: "logbook_entry",
    entityId: `entry_${user}_${number}`,
    timestamp: 1_760_000_000_000 + number * 60_000,
    data: {
      id: `entry_${user}_${number}`,
      timestamp: new Date(1_760_000_000_000 + number * 60_000).toISOString(),
      duration: 20 + number % 70,
      type: number % 3 === 0 ? "technique" : "repertoire",
      instrument: "piano",
      pieces: [{ id: `piece_${number % 40}`, title: pieces[number % 5]!, composer: null, measures: "1-32" }],
      techniques: ["scales", "sight-reading"].slice(0, 1 + number % 2),
      goals: [`goal_${number % 7}`],
      mood: "focused",
      place: places[number % 3],
      notes:
        "Slow practice with the metronome, left hand alone first, then together; the trill is still uneven.",
      tags: ["daily"],
      metadata: { source: "timer", accuracy: 0.5 + (number % 50) / 100 },
    },
  };
}
