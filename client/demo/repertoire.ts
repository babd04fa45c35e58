/** What the generated practice log is about: pieces, techniques, remarks, goals. */

/** A piece and the instruments it is played on. */
export interface RepertoirePiece {
  title: string;
  /** null: traditional, or nobody wrote it down. */
  composer: string | null;
  instrument: "piano" | "guitar" | "violin" | "cello";
}

export const repertoire: readonly RepertoirePiece[] = [
  { title: "Clair de Lune", composer: "Claude Debussy", instrument: "piano" },
  { title: "Gymnopédie No. 1", composer: "Erik Satie", instrument: "piano" },
  { title: "Invention No. 8 in F major", composer: "J. S. Bach", instrument: "piano" },
  { title: "Nocturne in E-flat, Op. 9 No. 2", composer: "Frédéric Chopin", instrument: "piano" },
  { title: "Sonata in C minor, Op. 13, II", composer: "Ludwig van Beethoven", instrument: "piano" },
  { title: "Arabesque No. 1", composer: "Claude Debussy", instrument: "piano" },
  { title: "Träumerei", composer: "Robert Schumann", instrument: "piano" },
  { title: "Romance in F-sharp", composer: "Clara Schumann", instrument: "piano" },
  { title: "Recuerdos de la Alhambra", composer: "Francisco Tárrega", instrument: "guitar" },
  { title: "Lágrima", composer: "Francisco Tárrega", instrument: "guitar" },
  { title: "Asturias (Leyenda)", composer: "Isaac Albéniz", instrument: "guitar" },
  { title: "Romance", composer: null, instrument: "guitar" },
  { title: "Étude No. 1 in E minor", composer: "Heitor Villa-Lobos", instrument: "guitar" },
  { title: "Partita No. 3 in E, Gavotte", composer: "J. S. Bach", instrument: "violin" },
  { title: "Meditation from Thaïs", composer: "Jules Massenet", instrument: "violin" },
  { title: "Concerto in A minor, I", composer: "Antonio Vivaldi", instrument: "violin" },
  { title: "The Ashokan Farewell", composer: null, instrument: "violin" },
  { title: "Suite No. 1 in G, Prelude", composer: "J. S. Bach", instrument: "cello" },
  { title: "The Swan", composer: "Camille Saint-Saëns", instrument: "cello" },
  { title: "Élégie, Op. 24", composer: "Gabriel Fauré", instrument: "cello" },
];

export const techniqueNames = [
  "scale",
  "arpeggio",
  "rhythm",
  "sight reading",
  "trill",
  "vibrato",
  "tremolo",
  "pedal",
  "memory",
  "intonation",
] as const;

export const remarks = [
  "Left hand uneven after bar 15.",
  "Slow with the metronome first, then in one breath. Better than yesterday.",
  "The middle section finally sits under the fingers.",
  "Tempo slips at the page turn; mark a fingering there.",
  "Hands apart, then together. The last line needs another day.",
  "Recorded it. Too much pedal, but the phrasing is right.",
  "Only ten good minutes, but good ones.",
  "Worked backwards from the last bar; it holds now.",
  "Lesson notes: sing the line before playing it.",
  "Shoulders down. Sound got warmer at once.",
] as const;

export const goalTitles = [
  "Perform {piece} from memory",
  "{piece} up to tempo",
  "Play {piece} for friends",
  "Record {piece} in one take",
] as const;

export const goalDescriptions = ["Studio recital", "House concert in spring", "For the exam", null] as const;
