"""Every text of the screen, in one place, so that a service can translate it. Braces are filled in by the screen."""

from __future__ import annotations

STATES = {
    "recording": ("● RECORDING", ""),
    "paused": ("‖ PAUSED", "Nothing is being filmed.  {resume} films again."),
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
ENDS_SOON = "ends by itself in {time}: {later} gives 10 more"
SPAN_NONE = "less than a minute"
SPAN_MINUTES = "{minutes} min"
SPAN_HOURS = "{hours} h {minutes:02} min"
ENDED_IN = "The film is in {folder}"

SETTLING = "settling in"
TARGET = "of about {minutes} min"
TARGET_REACHED = "the {minutes} min are full"
TARGET_LONG = "long now, {minutes} min were meant"
LAST = "Last: "
LAST_NONE = "No moment marked yet"
STRETCH_OPEN = "A stretch is open since {time}"
DIM_TROUBLE = "! Something is wrong: {dim} shows it"

PAUSED_WORD = """\
█████   █████  ██   ██  █████  ██████  █████
██  ██ ██   ██ ██   ██ ██      ██      ██  ██
██████ ██   ██ ██   ██ ██      ██      ██   ██
█████  ███████ ██   ██  █████  █████   ██   ██
██     ██   ██ ██   ██      ██ ██      ██   ██
██     ██   ██ ██   ██      ██ ██      ██  ██
██     ██   ██  █████   █████  ██████  █████"""
PAUSED_SMALL = "P A U S E D"
PAUSED_BELOW = """\
No picture and no sound is being kept or shown.
The camera's own light may stay on all the same.

{resume} films again    ·    {end} ends"""

AWAY = "! Keys go elsewhere: another window has them. Come back to this one to mark."

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
ROOM_UNKNOWN = "disk: room not known"
ROOM = "disk: room for {minutes} minutes"
ROOM_HOURS = "disk: room for {hours} hours"
ROOM_LITTLE = "! disk: {minutes} minutes only"
BATTERY = "battery: {minutes} minutes"
BATTERY_HOURS = "battery: {hours} hours"
BATTERY_LITTLE = "! battery: {minutes} minutes"
LEVEL_NONE, LEVEL_FAINT, LEVEL_QUIET, LEVEL_GOOD, LEVEL_LOUD = "none", "very quiet", "quiet", "good", "too loud"
MORE_STREAMS = "and {count} more"

PICTURE_WAITS = "No picture yet"
PICTURE_TOO_FEW_COLOURS = "No picture here: this terminal shows too few colours. The film has all of them."

KEYS = "Keys"
KEYS_SHIFT = "Keys (with Shift: {other})"
KEY_SPACE = "Space"
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
GOAL = "→ {goal}"
PRIVATE = "·"
NO_TIME = "-:--:--"
UNTIL = "{start} to {end}"
STILL_OPEN = "{start} and on"

SAID_SAVED = "● {label}: saved"
SAID_EXTENDED = "● {label}: saved, the same moment goes on"
SAID_REFUSED = "× NOT SAVED: {why}"
SAID_NO_KEY = "{key} marks nothing. {help} shows the keys."
SAID_ENDED = "The film has ended: nothing can be marked any more. Enter leaves."
SAID_SENT = {
    "undo": "○ Taking back the last act …",
    "redo": "○ Bringing back what was taken back …",
    "pause": "○ Pausing …",
    "resume": "○ Filming again …",
    "stop": "○ Ending …",
    "star": "○ A star for {label} …",
    "goal": "○ {label} → {goal} …",
    "edit": "○ {label}: {who} …",
    "note": "○ Keeping the note on {label} …",
    "stretch": "○ A stretch: noted …",
    "still": "○ Taking a still picture …",
    "later": "○ Moving the latest end by {minutes} minutes …",
}
SAID_DONE = {
    "undo": "● The last act is taken back.",
    "redo": "● What was taken back is there again.",
    "pause": "● Paused. Nothing is being filmed.",
    "resume": "● FILMING AGAIN.",
    "stop": "● Ended.",
    "star": "● {label} has a star.",
    "goal": "● {label} → {goal}",
    "edit": "● {label}: {who}",
    "note": "● The note on {label} is saved.",
    "stretch": "● A stretch: saved.",
    "still": "● A still picture is saved.",
    "later": "● The film now ends by itself {minutes} minutes later.",
}
SAID_LATE = {
    "undo": "○ Not taken back yet …",
    "redo": "○ Not brought back yet …",
    "pause": "○ NOT PAUSED YET …",
    "resume": "○ Not filming again yet …",
    "stop": "○ Not ended yet …",
    "star": "○ The star on {label} is not saved yet …",
    "goal": "○ The goal of {label} is not saved yet …",
    "edit": "○ The change of {label} is not saved yet …",
    "note": "○ The note on {label} is not saved yet …",
    "stretch": "○ The stretch is not saved yet …",
    "still": "○ No still picture yet …",
    "later": "○ The latest end is not moved yet …",
}
SAID_FAILED = {
    "star": "× NO STAR: {why}",
    "goal": "× THE GOAL IS NOT SAVED: {why}",
    "edit": "× NOT CHANGED: {why}",
    "note": "× THE NOTE IS NOT SAVED: {why}",
    "stretch": "× THE STRETCH IS NOT SAVED: {why}",
    "still": "× NO STILL PICTURE WAS TAKEN: {why}",
    "later": "× THE LATEST END STAYS AS IT IS: {why}",
}
UNDONE = {
    "marker": "● The last moment is taken back.",
    "extend": "● The moment goes on no longer: that is taken back.",
    "star": "● The star is taken back.",
    "goal": "● The goal is taken back.",
    "note": "● The note is taken back.",
    "edit": "● The last change is taken back.",
    "leave_out": "● What was left out is in again.",
}
STRETCH_BEGUN = "● A stretch begins: saved. {key} ends it."
STRETCH_ENDED = "● The stretch has ended: saved."
SAID_BACK = "The recorder answers again."
SAID_NOT_FILMED = "{label}: marked without a picture, because nothing is being filmed."
SAID_NO_LAST = "There is no moment yet. A key marks one."
SAID_WAIT = "Not yet: the recorder has not answered. Press again."
SAID_NO_GOALS = "No goals are written down for this film."
SAID_HAS_STAR = "{label} has its star already. {undo} takes back the last act."
SAID_NO_PICTURE = "The picture is off while nothing is being filmed."
SAID_CAPITALS = "Six capitals in a row: is Caps Lock on? {swap} turns the six into small letters."
SAID_NO_CAPITALS = "There are no six capitals in a row to turn into small letters."
SAID_SWAPPED = "○ {count} moments as with small letters …"
SAID_NOTE_KEPT = "Nothing was typed: no note."
SAID_NOTE_DROPPED = "The note is dropped."
SAID_KEYS_FILE = "! The usual keys are in use. {why}"
SELF = "as with a small letter"
NO_GOAL = "no goal"
THE_LAST = "the last moment"
NO_REASON = "The recorder gave no reason."

NOTE = "Note on {label}:  {text}▏"
NOTE_BELOW = "typing: letters do not mark · Enter keeps · Esc drops · Page Up/Down mark"

ASK_FILMING = """\
End, or go on?      Nothing is being filmed meanwhile.
Enter: end the film      Esc or {resume}: go on filming      {pause}: stay paused"""
ASK_PAUSED = """\
End, or go on?      It stays as it is until you say so.
Enter: end the film      Esc: leave it so      {resume}: film again"""
ASK_LEAVE = """\
The recorder does not answer. The film is left as it is.
Enter: close this screen      Esc: stay"""

FOOTER = "{undo} takes back · {pause} pause · {resume} film again · {end} end · {dim} dim · {help} help"
FOOTER_NARROW = "{undo} back · {pause} pause · {resume} film · {end} end · {dim} dim · {help} help"
FOOTER_ENDED = "Enter leaves"

CTRL = "Ctrl+{letter}"
KEY_NAMES = {
    "enter": "Enter",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Delete",
    "insert": "Insert",
    "home": "Home",
    "end": "End",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "Page Up",
    "pagedown": "Page Down",
}

HELP_MARKS = """\
A letter marks this moment; with Shift the same, for: {other}
1 to 9 and 0: the keys in their order; Page Down and Page Up: for remotes
○ is on its way, ● is safely on the disk, × was NOT SAVED"""
HELP_COMMANDS = {
    "undo": "takes back the last act",
    "redo": "brings it back",
    "star": "a star for the last moment",
    "goal": "its next goal",
    "give": "gives it to: {other}",
    "note": "a note on it",
    "stretch": "begins, ends a stretch",
    "still": "still: not yet",
    "pause": "pauses, and only pauses",
    "resume": "films again",
    "end": "pauses and asks to end",
    "later": "10 minutes more",
    "picture": "picture for 20 seconds",
    "dim": "almost black, and back",
    "swap": "Caps Lock: turns six back",
    "help": "this help",
}
HELP_TITLE = "Help: any key closes it, and marks all the same"
