/**
 * Reads a backup from end to end before anything is touched: whole, of this format, in order, and each user's
 * entities add up to the count and the checksum that the head claims.
 */
import { addTerm, type Checksum, emptyChecksum, formatChecksum, removeTerm } from "../../shared/mod.ts";
import { entityKey, type Head } from "../../api/ledger/records.ts";
import { BackupFileError, readBackupFile } from "./backup_file.ts";
import { type BackupEnd, backupFormat, backupFormatVersion, type BackupHeader } from "./backup_line.ts";

/** A backup that can be used. */
export interface CheckedBackup {
  header: BackupHeader;
  end: BackupEnd;
  users: ReadonlySet<string>;
}

/** Throws {@linkcode BackupFileError} with the first fault; `progress` is told how many lines are checked. */
export async function checkBackup(
  path: string,
  progress?: (lines: number) => void,
): Promise<CheckedBackup> {
  try {
    return await checkLines(path, progress);
  } catch (error) {
    // Damage may show as JSON of the wrong shape before the file's own checksum is reached.
    if (!(error instanceof TypeError)) throw error;
    throw new BackupFileError(`${path} is damaged: a line has another shape. Use another backup.`);
  }
}

async function checkLines(path: string, progress?: (lines: number) => void): Promise<CheckedBackup> {
  const damaged = (what: string) => new BackupFileError(`${path} is damaged: ${what}. Use another backup.`);
  const users = new Set<string>();
  let header: BackupHeader | null = null;
  let end: BackupEnd | null = null;
  let sum: UserSum | null = null;
  let keys = 0;
  let records = 0;
  let lines = 0;
  for await (const line of readBackupFile(path)) {
    progress?.(++lines);
    if (header === null) {
      if (line.kind !== "backup" || line.format !== backupFormat) {
        throw new BackupFileError(`${path} is no backup of this product.`);
      }
      if (line.formatVersion !== backupFormatVersion) {
        throw new BackupFileError(
          `${path} has format version ${line.formatVersion}, version ${backupFormatVersion} is required.`,
        );
      }
      header = line;
      continue;
    }
    if (end !== null) throw damaged("something follows its end");
    switch (line.kind) {
      case "backup":
        throw damaged("it begins twice");
      case "end":
        end = line;
        break;
      case "key":
        keys++;
        break;
      case "user":
        if (sum !== null || users.has(line.user)) throw damaged("its users are out of order");
        users.add(line.user);
        sum = userSum();
        break;
      default:
        if (sum === null) throw damaged("its records are out of order");
        if (line.kind === "head") {
          if (!sum.equals(line.head)) throw damaged("a user's entities do not add up");
          sum = null;
          break;
        }
        records++;
        if (line.kind === "drop") sum = userSum();
        if (line.kind === "entity") sum.put(entityKey(line.entity), line.entity);
    }
  }
  if (header === null) throw new BackupFileError(`${path} is empty.`);
  if (end === null || sum !== null) throw new BackupFileError(`${path} is cut short. Use another backup.`);
  if (end.users !== users.size || end.keys !== keys || end.records !== records) {
    throw damaged("its counts do not add up");
  }
  return { header, end, users };
}

interface UserSum {
  put(key: string, state: { checksumTerm: Checksum; deleted: boolean; version: number }): void;
  equals(head: Head): boolean;
}

function userSum(): UserSum {
  const terms = new Map<string, Checksum>();
  let checksum = emptyChecksum;
  let newest = 0;
  return {
    put(key, { checksumTerm, deleted, version }) {
      const before = terms.get(key);
      if (before) checksum = removeTerm(checksum, before);
      terms.delete(key);
      newest = Math.max(newest, version);
      if (deleted) return;
      terms.set(key, checksumTerm);
      checksum = addTerm(checksum, checksumTerm);
    },
    equals: (head) =>
      terms.size === head.entityCount && newest <= head.version &&
      formatChecksum(checksum) === formatChecksum(head.checksum),
  };
}
