/** The review's words in English; a site replaces them by the same `messages` as the button's. */
import type { Message } from "../messages.ts";
import type { TextOf } from "../text_of.ts";

/** English, and the list of keys. */
export const reviewEnglish = {
  editedTwice: "This was changed on two devices at the same time.",
  mineStands: "The value of this device is in use now.",
  theirsStands: "The value of the other device is in use now.",
  createdTwice: "This was created on two devices at the same time.",
  deletedThere: "Another device deleted this while you edited it here. It is deleted now.",
  deletedHere: "You deleted this here while another device edited it. It is deleted now.",
  onlyThese: "Only the fields below are known here and would come back.",
  tooLarge: "Too large to be shown here.",
  again: "This changed again, please review.",
  elsewhere: "This has been settled on another device.",
  mine: "This device",
  theirs: "Other device",
  result: "Result",
  resultOf: "Result: {what}",
  keepMine: "Keep mine",
  keepTheirs: "Keep theirs",
  saveResult: "Save result",
  restore: "Restore it",
  leaveDeleted: "Leave it deleted",
  later: "Decide later",
  noValue: "No value",
  yes: "Yes",
  no: "No",
  notNumber: "This must be a number.",
  notJson: "This is not valid JSON: {what}",
  save: "Save and send again",
  cancel: "Cancel",
  moreLines: "and {n} more",
} satisfies Record<string, Message>;

/** Key of one of the review's messages. */
export type ReviewMessageKey = keyof typeof reviewEnglish;
/** How the review's parts get their words. */
export type ReviewText = TextOf<ReviewMessageKey>;
