/** Where V1 kept its records in a browser, unless the site says otherwise. */
export const localStorageKeys = {
  entriesKey: "mirubato:logbook:entries",
  goalsKey: "mirubato:logbook:goals",
  deletedKey: "mirubato:logbook:deletedEntries",
} as const;
