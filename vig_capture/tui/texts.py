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
ENDED_BY_ITSELF = "The last film, of {when}, was ended by nobody: it ended by itself at its latest end, and is saved."

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
    "still": "○ No still picture yet: some cameras send a whole one only now and then …",
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
SAID_KEYS_CLASH = "! The usual keys are in use: in your own table {key} is a command, and in this film it marks."
SAID_KEYS_TAKEN = "! {key} does not mark on this screen: it is one of the screen's own keys."
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
    "still": "takes a still picture",
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

# Prepare ---------------------------------------------------------------------------------------------------------

PREPARE_READY = "□ READY – nothing is being recorded"
PREPARE_READY_PRACTISE = "□ READY TO PRACTISE – nothing is being recorded"
PREPARE_READY_KEYS = "□ READY – markers only, another camera films"
PREPARE_OPENING = "… OPENING – nothing is being recorded"
PREPARE_NOT_READY = {
    "video": "! NO PICTURE – nothing is being recorded",
    "audio": "! NO SOUND – nothing is being recorded",
    "both": "! NO PICTURE AND NO SOUND – nothing is being recorded",
}
PREPARE_MEANING_OPENING = "The camera and the microphone are being opened. This takes a few seconds."
PREPARE_MEANING_READY = "All that is below may stay empty, and can be written down later."
PREPARE_MEANING_LOST = "{name} does not answer. Is it plugged in? Is another program using it?"
PREPARE_MEANING_OTHERS = "It is tried again and again. For another one: Right at “Camera” or at “Sound”."
PREPARE_MEANING_NONE = {
    "video": "No camera is chosen: Down, then Right at “Camera”.",
    "audio": "No microphone is chosen: Down, then Right at “Sound”.",
    "both": "Neither camera nor microphone is chosen. Down, then Right at “Camera” and at “Sound”.",
}
PREPARE_ENTER = {
    "": "Enter begins the film",
    "video": "Enter films SOUND ONLY",
    "audio": "Enter films WITHOUT SOUND",
    "both": "Enter twice begins",
    "tags": "Enter begins, with markers only",
    "typing": "Enter only leaves the line",
    "back": "Enter goes back to the sheet",
    "wait": "",
}
PREPARE_FIRST_WARNING = "! There is neither picture nor sound. Enter again begins all the same, with markers only."
PREPARE_WAIT = "The camera is just being opened. Press Enter when it says READY."
PREPARE_BEGINS = "○ Starting the film …"
PREPARE_CHANGES = "○ Changing over …"
PREPARE_NOT_TAKEN = "This could not be opened. What was chosen before is open again."
PREPARE_STREAM_LOST = "! NOT THERE, trying again"
PREPARE_REMINDER = "Before you film:  notifications off  ·  sound muted  ·  mains in"
PREPARE_REMINDER_BATTERY = "Before you film:  notifications off  ·  sound muted  ·  ! on battery: mains in"

PREPARE_SHEET = "This film (F5: same family again)"
PREPARE_SHEET_WIDE = "This film: all may stay empty (F5: same family again)"
PREPARE_PAGES = {"goals": "Goals (Esc: back)", "purposes": "What it may be used for (Esc: back)"}
PREPARE_EMPTY = "–"
PREPARE_ROWS = {
    "kind": ("Kind", ""),
    "camera": ("Camera", "Left and Right choose."),
    "mic": ("Sound", "Left and Right choose the microphone."),
    "vocabulary": ("Keys", "The marker keys of this film. Left and Right choose."),
    "helping_question": ("Question", "The helping question, in the client's own words. It is not shown while filming."),
    "goals": ("Goals", "Type one, or Right shows them all. Only the short labels are shown while filming."),
    "people": ("People", "Roles or initials with commas between: mother, child T. Please no names."),
    "place": ("Place", "Left and Right choose, or type."),
    "activity": ("Activity", "Left and Right choose, or type."),
    "cycle": ("Cycle", "Which film of the work this is, such as 2."),
    "purposes": ("May be used", "Who agreed to what: Right opens the list. Each is asked for every film."),
    "faces": ("Faces", "Right or F4: mark the faces and the edges on the picture."),
}
PREPARE_KINDS = {
    "interaction": ("interaction", "Two people doing what they usually do, about {minutes} minutes."),
    "infant": ("infant", "A baby of up to 18 months, about {minutes} minutes, or until the baby has had enough."),
    "lesson": ("lesson", "A lesson or a part of it, about {minutes} minutes."),
    "home-training": ("home training", "Daily life at home, about {minutes} minutes."),
    "measure": ("measure", "For an outcome measure: {minutes} minutes exactly, and no marker is shown."),
    "shared-review": ("shared review", "The talk about the film, about {minutes} minutes: you are watched."),
    "interview": ("interview", "A talk of which only the sound is kept, about {minutes} minutes."),
    "tag-only": ("markers only", "Another camera films. Here only markers are kept, about {minutes} minutes."),
}
PREPARE_CAMERAS = {
    "demo": "demo: a drawn scene, to practise",
    "film": "a film file …, to practise",
    "none": "no picture",
}
PREPARE_CAMERA_FILM = "Type the path of the film file, such as Videos/try.mp4. Enter opens it."
PREPARE_MICS = {"demo": "demo: drawn with the scene", "camera": "the sound of the film", "none": "no sound"}
PREPARE_FILM = "film file: {name}"
PREPARE_NOT_THERE = "{name} – not there now"
PREPARE_NO_CAMERA_KIND = "This kind of film has no picture. Choose another kind first."
PREPARE_NO_MIC_KIND = "This kind of film has no sound. Choose another kind first."
PREPARE_PLACES = {
    "home": "home",
    "classroom": "classroom",
    "nursery": "nursery",
    "clinic": "clinic",
    "hospital": "hospital",
    "care home": "care home",
    "office": "office",
}
PREPARE_ACTIVITIES = {
    "play": "play",
    "meal": "meal",
    "feeding": "feeding",
    "book": "book",
    "puzzle": "puzzle",
    "baking": "baking",
    "getting ready": "getting ready",
    "homework": "homework",
    "lesson": "lesson",
    "talk": "talk",
}
PREPARE_GOAL = "Goal {number}"
PREPARE_LABEL = "  on screen"
PREPARE_GOAL_NEW = "New goal"
PREPARE_GOAL_HINTS = {
    "goal": "In the client's own words. Delete takes it away.",
    "label": "A short label of your own: this is what the film screen shows.",
    "": "Type a goal in the client's own words.",
}
PREPARE_ANSWERS = {"yes": "yes", "no": "no", "not asked": "not asked"}
PREPARE_PURPOSES = {
    "review": ("Review", "looking at it together with the family or the class"),
    "supervision": ("Supervision", "your supervisor sees it"),
    "intervision": ("Intervision", "other guiders in training see it"),
    "accreditation": ("Accreditation", "those who accredit you see it"),
    "training": ("Training", "people on a course see it"),
    "research": ("Research", "researchers see it"),
    "family_copy": ("Family copy", "the family is given a copy"),
}
PREPARE_PURPOSE_HINT = "{meaning}. Left and Right: yes, no, not asked. Type who said so (a role)."
PREPARE_FACES = "{count} faces"
PREPARE_FACES_ONE = "1 face"
PREPARE_EDGES = "edges"
PREPARE_NAME = "Is “{name}” a name? A role or initials are enough. It stays as it is until you change it."
PREPARE_FULL = "There is no more room in this line."
PREPARE_NO_ROW = "Down goes to the first line, where you can fill in. Enter begins the film."
PREPARE_CHOICE_TYPED = "Left and Right change this."

PREPARE_AGAIN = "As in the film of {day} ({number} of {count}). F5: the one before. What it may be used for: ask anew."
PREPARE_AGAIN_FACES = "As on {day} ({number} of {count}), faces too: F4 shows them. What it may be used for: ask anew."
PREPARE_AGAIN_NONE = "There is no earlier film here to take it from."
PREPARE_AGAIN_OWN = "There are no more. This is what was here before."

PREPARE_TYPING = "{label}:  "
PREPARE_TYPING_BY = "{label}, said by:  "
PREPARE_ASK_LEAVE = """\
Leave without filming? What was typed is not kept.
Enter: leave      Esc: stay"""

PREPARE_MARKS_TITLE = {"faces": "Faces: put a box round each", "edges": "Edges: a box round all that counts"}
PREPARE_MARKS_HOW = "Arrows move the box; + and − change its size, Shift and an arrow its shape."
PREPARE_MARKS = {
    "faces": "Enter sets the box · Backspace takes the last away · Tab: edges · Esc ends",
    "edges": "Enter sets the box · Backspace takes it away · Tab: faces · Esc ends",
}
PREPARE_MARKS_SET = {"faces": "Face {count} is set. The box marks the next.", "edges": "The edges are set."}
PREPARE_MARKS_AWAY = {"faces": "The last face is taken away.", "edges": "The edges are taken away."}
PREPARE_MARKS_FULL = "No more faces fit in."

PREPARE_CARD = "To read out before filming"
PREPARE_CARD_FOOTER = "P makes a page to print · ↑↓ more · Esc goes back"
PREPARE_LEAVE_FOOTER = "Enter leaves · Esc stays"
PREPARE_CARD_NONE = "The card is being fetched …"
PREPARE_PRINTS = "○ Making the page …"
PREPARE_PRINTED = "● The page to print is here: {where}"

PREPARE_FOOTER = "Enter film · ↑↓ ←→ fill in · F1 help · F2 words to say · F4 faces · F6 earlier films · Ctrl+Q leave"
PREPARE_FOOTER_NARROW = "Enter film · ↑↓ ←→ fill in · F1 help · F2 words · F6 earlier · Ctrl+Q leave"
PREPARE_FOOTER_PAGE = "↑↓ ←→ fill in · Enter back to the sheet · F10 film · F1 help"
PREPARE_FOOTER_TYPING = "Enter leaves the line · Esc drops it · Tab next line · F10 film"
PREPARE_HELP_TITLE = "Help: any key closes it"
PREPARE_HELP = (
    ("Enter", "begins the film (never from a line that you type in)"),
    ("F10, Ctrl+N", "begins it from anywhere"),
    ("Up, Down, Tab", "from line to line"),
    ("Left, Right", "the next ready-made answer; Space does the same"),
    ("letters", "type into a line; Enter leaves it, Esc drops it"),
    ("F2", "the words to say before filming, to read or to print"),
    ("F3", "all that is checked of picture and sound, with what to do"),
    ("F4", "marks faces and edges on the picture"),
    ("F5", "same family again: the last sheet, again: the one before"),
    ("F6", "earlier films"),
    ("Ctrl+Q", "leaves without filming"),
    ("F1, ?", "this help; any key closes it"),
)
PREPARE_HELP_BELOW = """\
To practise, choose “demo” or a film file under Camera.
Nothing is written to the disk before the film begins."""

# What the checks of picture and sound found: their sentences are in config/advice.toml -------------------------------

CHECK_SIGNS = {"good": "✓", "attention": "▲", "bad": "✗", "unknown": "?"}
CHECK_WORDS = {"good": "OK", "attention": "Look", "bad": "Change", "unknown": "Can't tell"}
CHECK_GROUPS = {"framing": "Picture frame", "light": "Light", "sound": "Sound", "other": "Other checks"}
CHECK_SHORT = {
    "good": "{group} ok",
    "attention": "{group}: look",
    "bad": "{group}: change",
    "unknown": "{group}: can't tell",
}
CHECK_GROUPS_SHORT = {"framing": "framing", "light": "light", "sound": "sound", "other": "other"}
CHECK_GLYPH = "  {group} {sign}"
CHECK_NO_WORDS = {
    "good": "{check}: all is well.",
    "attention": "{check}: worth a look.",
    "bad": "{check}: something is wrong.",
    "unknown": "{check}: not checked.",
}
CHECK_DO = "→ {do}"
CHECK_FACES_SEEN = "Faces: not checked now; all were in view {ago} ago."
CHECK_DETECTORS = {
    "": "",
    "none": "Nothing looks for faces here. See what would: vig-capture model",
    "Haar": (
        "Faces are looked for by Haar: those that look at the camera, whole and upright. "
        "YuNet would also find turned heads, most babies, and faces at the edge: vig-capture model"
    ),
}
CHECK_DETECTOR = "Faces are looked for by {detector}."
CHECKS_KEY = "F3 tells more"
CHECKS_TITLE = "Picture and sound as they are now"
CHECKS_FOOTER = "↑↓ more · Esc goes back"

# The command `check`
CHECK_OVERALL = {
    "good": "All is well.",
    "attention": "A film can be made. Look first at what is marked “Look”.",
    "bad": "Change what is marked “Change” before you film.",
    "unknown": "Not everything that matters could be told. Look and listen for yourself.",
}
CHECK_DOUBT = "Some of what matters could not be told: look and listen for yourself."
CHECK_OPENING = "Opening the camera and the microphone …"
CHECK_LOOKING = """\
Looking and listening for {seconds} seconds. Let everybody look at the camera for 3 of them,
and say something softly where the child will sit. Ctrl-C ends it."""
CHECK_RUNNING = {
    "idle": "A film is being prepared already: this is what its recorder sees and hears now.",
    "paused": "A film is paused, and in a pause nothing is looked at.",
    "": "A film is being made: this is what its recorder sees and hears now. The film goes on.",
}
CHECK_NOTHING_SAID = "Nothing was checked."
CHECK_KEPT_NOTHING = "Nothing of picture and sound was kept."
CHECK_KEPT = "Kept: {file}"
CHECK_NO_STILL = "There was no picture to keep."
CHECK_STOPPED = "Stopped. Nothing was kept."
CHECK_BETWEEN = " · "

# After the film --------------------------------------------------------------------------------------------------

AFTER_TITLE = "After the film"
AFTER_TITLE_TOLD = "After the film of {day} · {length} filmed"
AFTER_FAMILY_VIEW = "for everyone to see"
AFTER_OWN_VIEW = "! YOUR OWN VIEW, with what is private: {own_view} hides it"
AFTER_OPENING = "The moments are being fetched …"
AFTER_EMPTY = """\
No moment was marked in this film. That is fine: the film is there, whole.
Moments can be found later, when you look at it in peace."""
AFTER_EMPTY_FAMILY = """\
There is no moment here for everyone to see.
{own_view} shows your own view."""
AFTER_SELECTED = "▸"
AFTER_NO_PICTURE, AFTER_SOUND_ONLY, AFTER_PICTURE_WAITS = "no picture", "sound only", "…"
AFTER_SETTLING = "settling in"
AFTER_SHORTLIST = "✓ short list"
AFTER_PICK = "◆ their own pick"
AFTER_PRIVATE = "private"
AFTER_NOTE = "“{note}”"
AFTER_PRIVATE_NOTE = "only you: {note}"
AFTER_WINDOW = "{start} to {end}, {seconds} s"
AFTER_WINDOW_PARTS = "{start} to {end}, {seconds} s in {parts} pieces"
AFTER_WINDOW_NONE = "nothing was filmed here"
AFTER_WINDOW_OUT = "left out of the film"
AFTER_LEFT_OUT = "× Left out: {start} to {end}, {seconds} s"
AFTER_LEFT_OUT_BELOW = "in nothing that is made of this film · {leave_out} brings it back"
AFTER_LEFT_OUT_PICTURE = "left out"

AFTER_MOMENTS = "{count} moments"
AFTER_MOMENTS_ONE = "1 moment"
AFTER_MOMENTS_NONE = "No moments"
AFTER_SAVED = "● All saved. {moments}, {losses}. You can close the lid."
AFTER_NOT_SAVED = "! NOT ALL SAVED: {count} of your changes are not on the disk yet. Keep this open: it is tried again."
AFTER_NOT_SAVED_ONE = "! NOT ALL SAVED: one of your changes is not on the disk yet. Keep this open: it is tried again."
AFTER_NOT_FINISHED = "! This film was not finished. {moments}, {losses}. {why}"
AFTER_DAMAGED = "! The list of this film is damaged in {count} places; all around them was read. {moments}, {losses}."
AFTER_NOTHING_LOST = "nothing lost"
AFTER_LOST = "{count} pictures lost in {places}"
AFTER_LOST_ONE = "1 picture lost in {places}"
AFTER_PLACES = "{count} places"
AFTER_PLACES_ONE = "one place"
AFTER_SILENT = "{seconds} s without sound"

AFTER_FOOTER = (
    "{play} plays · {shortlist} short list · {pick} their pick · {delete} deletes · {help} all keys · {close} closes"
)
AFTER_FOOTER_NARROW = "{play} plays · {shortlist} short list · {pick} pick · {help} all keys · {close} closes"
AFTER_FOOTER_TYPING = "Enter keeps · Esc drops"
AFTER_HELP_TITLE = "All keys (any key closes this)"
AFTER_HELP = {
    "play": "plays it at once",
    "shortlist": "short list, on and off",
    "pick": "their own pick",
    "star": "a star",
    "goal": "the next goal",
    "who": "gives it to: {other}",
    "edit": "writes another label",
    "note": "a note for everyone",
    "private_note": "a note only for you",
    "start_earlier": "begins 1 s earlier",
    "start_later": "begins 1 s later",
    "end_earlier": "ends 1 s earlier",
    "end_later": "ends 1 s later",
    "time": "another time",
    "delete": "takes it away",
    "undo": "takes the last act back",
    "redo": "brings that back",
    "leave_out": "leaves a part out",
    "own_view": "your own view, and back",
    "erase": "deletes the whole film",
    "earlier": "earlier films",
    "close": "closes this list",
}
AFTER_KEY_NAMES = {"shift+left": "Shift+Left", "shift+right": "Shift+Right", "space": "Space"}

AFTER_TYPE = {
    "edit": "Label:  ",
    "note": "Note on {label}, for everyone to read:  ",
    "private_note": "Note on {label}, only for you:  ",
    "time": "{label} happened at (minutes:seconds):  ",
    "leave_out": "Leave out, from-to (minutes:seconds):  ",
}
AFTER_ASK_ERASE = """\
Delete this whole film, together, now?  Picture, sound, moments and notes would all go, for ever.
Enter: yes, ask once more      any other key: no, keep it"""
AFTER_ASK_ERASE_AGAIN = """\
Are you both sure?  Nobody can bring it back.
y: yes, delete it now      any other key: no, keep it"""
AFTER_ASK_CLOSE = """\
Some of your changes are not on the disk. If you close now, they are gone.
{close}: close all the same      any other key: stay, it is tried again"""

AFTER_SAID_LABEL = "● It is called {label} now."
AFTER_SAID_NOTE = "● The note on {label} is saved."
AFTER_SAID_NOTE_GONE = "● The note on {label} is away."
AFTER_SAID_PRIVATE_NOTE = "● Your own note on {label} is saved. {own_view} shows it."
AFTER_SAID_STAR = "● {label} has a star."
AFTER_SAID_STAR_GONE = "● {label} has no star any more."
AFTER_SAID_GOAL = "● {label} → {goal}"
AFTER_SAID_WHO = "● {label}: {who}"
AFTER_SAID_PICK = "● {label} is their own pick."
AFTER_SAID_PICK_GONE = "● {label} is not their own pick any more."
AFTER_SAID_SHORT = "● {count} on the short list."
AFTER_SAID_SHORT_HINT = "● {count} on the short list; three to five is usual."
AFTER_SAID_SHORT_NONE = "● The short list is empty."
AFTER_SAID_WINDOW = "● {label}: {window}"
AFTER_SAID_TIME = "● {label} happened at {time}."
AFTER_SAID_DELETED = "● {label} is taken away. {undo} brings it back."
AFTER_SAID_LEFT_OUT = "● Left out: {start} to {end}. It is in nothing that is made of this film. {undo} brings it back."
AFTER_SAID_IN_AGAIN = "● {start} to {end} is in the film again."
AFTER_SAID_UNDONE = {
    "marker": "● The moment is taken back.",
    "extend": "● The moment goes on no longer: that is taken back.",
    "star": "● The star is as it was.",
    "goal": "● The goal is as it was.",
    "note": "● The note is as it was.",
    "edit": "● The last change is taken back.",
    "leave_out": "● What was left out is in again.",
    "undo": "● What was taken away is there again.",
}
AFTER_SAID_REDONE = "● It is there again."
AFTER_SAID_PLAYS = "○ {label}: opening the player …"
AFTER_SAID_PLAYED = "▶ {label} plays in a window of its own."
AFTER_SAID_OUT = "{label} lies in a part that is left out: it is not played."
AFTER_SAID_NOT_FILMED = "{label}: nothing was filmed here."
AFTER_SAID_NO_MOMENT = "There is no moment here."
AFTER_SAID_A_PART = "This part is left out. {leave_out} brings it back."
AFTER_SAID_NOT_A_TIME = "× “{text}” is no time. Type it as 4:12."
AFTER_SAID_NOT_A_PART = "× “{text}” is no part. Type it as 4:12-4:40."
AFTER_SAID_BEYOND = "× That lies outside the film, which goes from {start} to {end}."
AFTER_SAID_BEGINS_WITH = "It begins with the press itself. {time} gives it another time."
AFTER_SAID_ENDS_WITH = "It ends with the press itself. {time} gives it another time."
AFTER_SAID_LONGEST = "It cannot be longer on this side."
AFTER_SAID_NO_ACT = "There is nothing to take back."
AFTER_SAID_NO_REDO = "There is nothing to bring back."
AFTER_SAID_GONE = "This moment is not there any more."
AFTER_SAID_KEPT = "The film is kept."
AFTER_SAID_ERASING = "○ Deleting the film …"
AFTER_SAID_NO_KEY = "{key} does nothing here. {help} shows all keys."
AFTER_SAID_FEW_COLOURS = "This terminal shows too few colours for pictures. Enter plays the moments all the same."
AFTER_SAID_VIEW = {True: "Your own view: private moments and notes are shown.", False: "Nothing private is shown."}

# A measure's film: nothing of a moment is shown.
MEASURE_KEYS = "The keys mark as always. In this kind of film what they mark is not shown."
MEASURE_MARKERS = "Moments are saved and not shown."
MEASURE_LAST = "Moments are saved and not shown in this kind of film"
MEASURE_SAVED = "● saved"

# The earlier sessions. Nothing here tells who was filmed or why.
SESSIONS_TITLE = "Earlier films"
SESSIONS_TITLE_COUNT = "Earlier films: {count}"
SESSIONS_TITLE_DUE = "Earlier films: {count}, of which {due} are due for erasing"
SESSIONS_TITLE_DUE_ONE = "Earlier films: {count}, of which one is due for erasing"
SESSIONS_READING = "The films are being looked for …"
SESSIONS_EMPTY = """\
There is no film here yet.

When you have filmed, this list shows it: its day, what kind of film it was,
how long it is and how many moments you marked.  Esc goes back."""
SESSIONS_NONE = "There is no film here yet."
SESSIONS_SELECTED = "▸"
SESSIONS_DAY = "{weekday} {day} {month} {year}, {hour:02}:{minute:02}"
SESSIONS_NO_DAY = "day not known"
SESSIONS_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SESSIONS_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SESSIONS_MOMENTS, SESSIONS_MOMENTS_ONE, SESSIONS_MOMENTS_NONE = "{count} moments", "1 moment", "no moments"
SESSIONS_SHORT = "{count} on the short list"
SESSIONS_LENGTH, SESSIONS_LENGTH_SHORT = "{minutes} min", "{seconds} s"
SESSIONS_GB, SESSIONS_MB = "{size:.1f} GB", "{size} MB"
SESSIONS_STATES = {
    "whole": "whole",
    "recovered": "whole, recovered",
    "unfinished": "! not finished",
    "damaged": "! damaged",
    "running": "● FILMING NOW",
}
SESSIONS_DUE = "due for erasing"
SESSIONS_DUE_COUNT = "{count} due for erasing. vig-capture erase takes one away; nothing is erased by itself."
SESSIONS_MEANINGS = {
    "whole": "It was ended, and all its files are there.",
    "recovered": "The recorder had stopped on the way and came back. What was filmed is there.",
    "unfinished": "Nobody ended it: the battery perhaps. What was filmed up to then is there.",
    "damaged": "{trouble} v checks every file.",
    "running": "It is being filmed or changed in this moment.",
}
SESSIONS_MEANING_DUE = "It is older than films are to be kept: erase it, or keep it longer if that was agreed."
SESSIONS_FOOTER = "Enter opens · v checks every file · Delete erases · Esc goes back"
SESSIONS_FOOTER_EMPTY = "Esc goes back"
SESSIONS_ASK = """\
Erase the film of {day} for good?
Its picture, its sound, its moments and all that was made of it here.
Enter: yes, erase it      any other key: keep it"""
SESSIONS_ASK_AGAIN = """\
It cannot be brought back. Erase it really?
y: erase it now      any other key: keep it"""
SESSIONS_CLI_ASK = """\
This erases the film of {day} for good: {moments}, {size}.
Copies and backups elsewhere are not touched. Type erase to do it, or press Enter to keep it."""
SESSIONS_REPORT_BELOW = "Any key goes back to the list."
SESSIONS_REPORT_MORE = "… and {count} more"
SESSIONS_KEPT = "The film is kept."
SESSIONS_ERASING = "○ Erasing …"
SESSIONS_ERASED = "● Erased: {files} files, {size}. Copies and backups elsewhere are not touched."
SESSIONS_ERASED_NOTE = "A note without content is kept: {note}"
SESSIONS_ERASED_NO_NOTE = "! That it was erased could not be noted beside it: write it down yourself."
SESSIONS_STAYS_ELSEWHERE = "These are of this film too, and lie elsewhere: they stay, unless you delete them yourself:"
SESSIONS_ERASED_ELSEWHERE = "These are of this film too, and are still there; delete them yourself:"
ELSEWHERE_MORE = "… and {count} more: vig-capture show SESSION lists what was made of it"
SESSIONS_CHECKING = "○ Checking every file …"
SESSIONS_CHECKING_PART = "○ Checking every file: {done} of {count} …"
SESSIONS_VERIFIED = "● All is as it was recorded: {count} files were read from end to end."
SESSIONS_VERIFIED_NOT = "! Not all is as it was recorded."
DUE_RULE = (
    "To be erased {weeks} weeks after the last film of the same family, or after its own day (settings: keep_weeks):"
)
DUE_NONE = "Nothing is due for erasing: films are kept for {weeks} weeks (settings: keep_weeks)."
DUE_NEVER = "The settings say that films are never due for erasing (keep_weeks = 0)."
DUE_SINCE, DUE_FROM = "! since {day}", "  from {day} on"
DUE_DO = "vig-capture erase takes one away; nothing is erased by itself."
SESSIONS_IN_USE = "This one is being filmed or changed now: wait until that has ended."
SESSIONS_BUSY = "One thing after the other: that is not done yet."
SESSIONS_NOTHING = "There is no film in the list."

# Plain lines (record --no-tui), which a screen reader speaks. They stand one below the other, and nothing is repainted.
PLAIN_BEGIN = "The keys mark. {help} tells them all, {pause} pauses, {end} ends."
PLAIN_STATE = "{title}: {meaning}"
PLAIN_WHO = "{label}, {other}"
PLAIN_LATE = "○ {label}: not saved yet …"
PLAIN_ENDS_SOON = "! The film ends by itself in {time}: {later} gives 10 more minutes."
PLAIN_NOTE = "A note on {label}: type it. Letters do not mark now. Enter keeps it, Esc drops it."
PLAIN_NOTE_SAVED = "● Note on {label}: {text}, saved"
PLAIN_NOTE_DROPPED = "Note on {label}: {text}, dropped"
PLAIN_ASK_FILMING = "End, or go on? Enter ends, Esc goes on. Nothing is being filmed meanwhile."
PLAIN_ASK_PAUSED = "End, or go on? Enter ends, Esc leaves it as it is."
PLAIN_ASK_LEAVE = "The recorder does not answer. Enter leaves the film as it is and closes this, Esc stays."
PLAIN_STAYS = "It is left as it is."
PLAIN_LEFT = "Left. The film is left as it is. To see it again: vig-capture"
PLAIN_NO_PICTURE = "There is no picture here, and nothing to dim: these are plain lines."
PLAIN_KEY = "{key}: {meaning}"
PLAIN_KEY_CTRL_C = "ends at once, without asking"
