"""Every text of the screen, in one place, so that a service can translate it. Braces are filled in by the screen."""

from __future__ import annotations

STATES = {
    "recording": ("● RECORDING", ""),
    "paused": ("‖ PAUSED", "Nothing is being filmed.  Ctrl+R films again."),
    "arming": ("… STARTING", "Not recording yet: waiting for the camera and the microphone."),
    "stopping": ("■ ENDING", "The files are being finished. This takes a few seconds."),
    "closed": ("■ ENDED", "Everything is saved.  Enter leaves."),
    "idle": ("□ NOT RECORDING", "Nothing is being filmed."),
    "waiting": ("… LOOKING FOR THE RECORDER", "Not known yet whether it is filming."),
    "lost": ("? NO CONNECTION", "The recorder does not answer. Whether it films is not known. Looking for it …"),
    "silent": ("? NO ANSWER", "The recorder has said nothing for {seconds} seconds. Whether it films is not known."),
}
ENDED_DOUBT = "The recorder is gone. Look at the film with: vig-capture verify.  Enter leaves."
STATE_UNKNOWN = ("? NOT KNOWN", "The recorder says “{state}”, which this screen does not know.")
NO_PICTURE = "SOUND ONLY: there is no picture now."
NO_SOUND = "NO SOUND: there is a picture only."
NEITHER = "NO PICTURE AND NO SOUND now. They come back by themselves when the devices do."
ENDS_IN = "ends by itself in {time}"
ENDED_IN = "The film is in {folder}"

PICTURE, SOUND = "Picture", "Sound"
STREAM_STATES = {"opening": "starting", "live": "live", "lost": "NOT RECORDED, trying again"}
STREAM_NOT_KNOWN = "–"
LOSSES_NOT_KNOWN = "Lost frames and room on the disk: not known"
NOTHING_LOST = "No frame lost"
LOST = "! {count} frames lost"
LOSING = "! Frames are being lost now"
LOSING_MORE = "! {count} frames lost, and more now"
LOST_ONE = "! 1 frame lost"
THINNED = "{count} left out on purpose"
ROOM_UNKNOWN = "room on the disk: not known"
ROOM = "room on the disk for {minutes} minutes"
ROOM_HOURS = "room on the disk for {hours} hours"
ROOM_LITTLE = "! room on the disk for {minutes} minutes only"
LEVEL_NONE, LEVEL_FAINT, LEVEL_QUIET, LEVEL_GOOD, LEVEL_LOUD = "no sound", "very quiet", "quiet", "good", "too loud"
MORE_STREAMS = "and {count} more"

KEYS = "Keys"
KEYS_SHIFT = "Keys (with Shift: {other})"
OTHER = "the other person"
NO_KEYS = "The keys come with the recorder's first answer."
MARKERS = "Last moments"
MARKERS_COUNT = "Last moments ({count} in all)"
NO_MARKERS = "None yet. A key marks the moment in which it is pressed."

SIGNS = {"pending": "○", "late": "○", "saved": "●", "extended": "●", "refused": "×"}
ROW_WORDS = {
    "pending": "saving",
    "late": "not saved yet",
    "saved": "saved",
    "extended": "saved, goes on",
    "refused": "NOT SAVED",
}
STAR = "★"
PRIVATE = "·"
NO_TIME = "-:--:--"

SAID_SAVED = "● {label}: saved"
SAID_EXTENDED = "● {label}: saved, the same moment goes on"
SAID_REFUSED = "× NOT SAVED: {why}"
SAID_NO_KEY = "{key} marks nothing. ? shows the keys."
SAID_ENDED = "The film has ended: nothing can be marked any more. Enter leaves."
SAID_SENT = {
    "undo": "○ Taking back the last act …",
    "pause": "○ Pausing …",
    "resume": "○ Filming again …",
    "stop": "○ Ending …",
}
SAID_DONE = {
    "undo": "● The last act is taken back.",
    "pause": "● Paused. Nothing is being filmed.",
    "resume": "● Filming again.",
    "stop": "● Ended.",
}
SAID_LATE = {
    "undo": "○ Not taken back yet …",
    "pause": "○ NOT PAUSED YET …",
    "resume": "○ Not filming again yet …",
    "stop": "○ Not ended yet …",
}
SAID_BACK = "The recorder answers again."
NO_REASON = "The recorder gave no reason."

ASK = "End, or go on?      Enter: end the film      any other key: go on"
ASK_LEAVE = """\
The recorder does not answer. The film is left as it is.
Enter: close this screen      any other key: stay"""

FOOTER = "Backspace takes back · p pause · Ctrl+R film again · Ctrl+X end · ? help"
FOOTER_NARROW = "Backspace back · p pause · Ctrl+X end · ? help"
FOOTER_ENDED = "Enter leaves"

HELP = """\
A letter       marks this moment
Shift + letter the same, for: {other}
1 to 9, 0      the keys in their order, for remotes and keypads
Backspace      takes back the last act; once more, the one before
p              pauses, and only pauses
Ctrl+R         films again
Ctrl+X         ends the film, after asking
○ is on its way, ● is safely on the disk, × was NOT SAVED"""
HELP_TITLE = "Help: any key closes it, and marks all the same"
