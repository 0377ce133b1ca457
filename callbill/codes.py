"""Every problem code: what it means and what to do about it, for `callbill describe CODE`.

Codes are literal and never change their meaning: 1xx the YAML text, 2xx the contract, 3xx the activity, 4xx files
and the command line.
"""

CODES: dict[str, tuple[str, str]] = {
    "CB101": (
        "a byte that is not UTF-8",
        "The contract holds a byte that is not UTF-8, usually because an editor saved it as Windows-1252 or Latin-1."
        " The message names the first such byte and the character it probably was. Save the file as UTF-8.",
    ),
    "CB102": (
        "an empty file",
        "The contract has no value: it is empty, or holds only blanks and comments. `callbill init time` prints one to"
        " start from.",
    ),
    "CB103": (
        "more than one document",
        "A second `---` begins another YAML document, and it would not be clear which one is billed. Keep one contract"
        " per file.",
    ),
    "CB104": (
        "a tab where only blanks may stand",
        "YAML indents and separates with blanks. Replace every tab by blanks; most editors can do it for the whole"
        " file.",
    ),
    "CB105": (
        "YAML that cannot be read",
        "A bracket or quote is not closed, a blank or colon is missing, or an indentation fits no line above. The place"
        " is where to mend it. Reading stops there, so other problems appear only once this is mended.",
    ),
    "CB106": (
        "a key twice in one mapping",
        "The same key stands twice side by side. Most programs silently take the last one; callbill never chooses.",
    ),
    "CB107": (
        "a file that expands beyond reason",
        "With every alias (`*name`) followed, the file would hold more than 100,000 values, or an alias stands inside"
        " the value it repeats. It is counted before anything is expanded.",
    ),
    "CB108": (
        "a file that is too large",
        "The file exceeds 1 MiB, or one text in it 65,536 characters. A contract takes a few kilobytes; the usual cause"
        " is an export given as a contract.",
    ),
    "CB109": (
        "a shape that is no contract",
        "The top of the file is not `key: value` lines, a key is not a text, or values nest deeper than 40 levels."
        " Often the blank after a colon is missing: `title:Hélio` is one text, `title: Hélio` a key and a value.",
    ),
    "CB110": (
        "a YAML tag",
        "A word beginning with `!` gives a value a type or asks for an object to be built. callbill reads no tags:"
        " nothing in YAML can run code, and every value is read as written. Delete the tag, or quote the text.",
    ),
    "CB111": (
        "an alias of nothing",
        "`*name` repeats a value marked `&name`, and no value above it has that mark.",
    ),
    "CB112": (
        "a forbidden character",
        "The contract holds a control character that YAML does not allow, such as NUL. Such characters come from a copy"
        " out of another program; delete it where the place says.",
    ),
    "CB201": (
        "an unknown key",
        "The key is not a setting here: a typing error would otherwise make a charge vanish. The nearest known name is"
        " suggested, then the list.",
    ),
    "CB202": (
        "a missing key",
        "A setting without which nothing can be billed is not there. The place is what it belongs to.",
    ),
    "CB203": (
        "another kind of value",
        "A mapping, a list or a text was expected and something else stands there. Check the indentation first.",
    ),
    "CB210": (
        "not a number",
        "Numbers are digits with a dot for decimals, `1234.50`, without units or currency signs.",
    ),
    "CB211": (
        "a decimal comma",
        "`0,30` is 0.30 for one reader and 0 and 30 for another. Contracts are written with a decimal point everywhere;"
        " invoices follow the contract's `language`, and exports their own declared `decimal`.",
    ),
    "CB212": (
        "grouped digits",
        "`1_000`, `1 000` and `1,000` are read differently by different programs: write `1000`.",
    ),
    "CB213": ("digits that are not 0 to 9", "The digits come from another script or are full-width. Type them again."),
    "CB214": ("not a finite number", "`NaN` and infinity are no prices. A setting that does not apply is left out."),
    "CB215": ("an exponent", "`1e3` is 1000 for some programs and a text for others. Write the digits out."),
    "CB216": ("a number out of range", "The number is negative, zero, or too large or small for what it sets."),
    "CB217": (
        "too many decimals",
        "A unit price has six decimals at most and a quantity four, as on the French e-invoice; some settings are whole"
        " numbers.",
    ),
    "CB218": ("a name that cannot be used", "Names that other settings refer to are letters, digits, `_` and `-`."),
    "CB219": ("an empty list", "At least one item must be listed here."),
    "CB220": (
        "not a percentage",
        "Percentages carry their sign, `10 %`, so that 0.1 and 10 cannot be confused.",
    ),
    "CB221": ("not a duration", "A duration is a number and its unit: `20 s`, `1 min`, `24 h`, `7 days`."),
    "CB222": ("not a date", "Dates are year-month-day: `2026-10-31`; months `2026-10`."),
    "CB223": (
        "a date that does not exist",
        "The month has no such day, or the year is one that stands for never: where there is no end, the setting is"
        " left out.",
    ),
    "CB224": ("not a time of day", "Times are hours and minutes, `20:00`; `24:00` is the end of the day."),
    "CB225": (
        "an unknown time zone",
        "Zones are IANA names such as `Europe/Paris`, `UTC`, or offsets such as `+02:00`.",
    ),
    "CB226": (
        "a time zone that is not declared",
        "The export's moments carry no offset, so the source must say which clock they were read from. callbill never"
        " guesses one: a wrong zone moves calls to another month, day or band.",
    ),
    "CB227": (
        "an unknown country or region",
        "Countries are the two capital letters of ISO 3166, `GB` and not `UK`; the public holidays of countries and of"
        " their regions come from the `holidays` package.",
    ),
    "CB228": ("not a date format", "`iso`, `epoch_s`, `epoch_ms`, or `%` signs that give year, month, day and hour."),
    "CB229": (
        "a column that must be declared",
        "The source misses a column or the unit of one. Units are never guessed: the same report gives seconds one year"
        " and fractions of a day the next.",
    ),
    "CB230": ("an unknown word", "The setting takes one of a few words; the nearest is suggested."),
    "CB231": (
        "a name that refers to nothing",
        "A source, state, column, band, window, index or clause is named that the contract does not have.",
    ),
    "CB232": ("a name used twice", "Names in one list must differ, so that lines can be told apart."),
    "CB233": ("an unknown currency", "Currencies are ISO 4217 codes such as `EUR`."),
    "CB234": ("a key without a value", "What was meant is not guessed: write a value, or take the key out."),
    "CB240": ("an end before its beginning", "The second of two limits lies before the first."),
    "CB241": ("a gap between tiers", "Some quantities would have no price."),
    "CB242": (
        "tiers that do not end open",
        "The last tier has no `up_to`, so that every quantity has a price; the others have one. Usage beyond the last"
        " tier that is free says so with a price of 0.",
    ),
    "CB243": (
        "zero usage left undecided",
        "With a flat fee in the first tier the trade disagrees whether it is due when nothing was used: say it.",
    ),
    "CB244": ("a gap between bands", "Some hours of the week belong to no band, and would have no price."),
    "CB245": (
        "a band that never comes into play",
        "The bands before it take all of its hours: the first that fits wins.",
    ),
    "CB246": (
        "two readings of an increment",
        "30/18 bills 31 s as 48 s when steps are counted after the initial block, and as 36 s when they are counted"
        " from zero. `from` says which; it can be left out when `initial` is a multiple of `step`.",
    ),
    "CB247": (
        "a rule that these records cannot follow",
        "Rounding each contact, telling customers apart or cutting at a band limit needs single contacts; agent states"
        " and intervals do not have them.",
    ),
    "CB248": (
        "settings that exclude each other",
        "Two settings say the same thing twice, or one makes no sense without another.",
    ),
    "CB249": ("a question left open", "The trade has several readings here, and the contract must choose one."),
    "CB250": ("a band without a price", "A price by band needs every band of the calendar."),
    "CB251": (
        "an index value that is missing",
        "The revision clause needs a published value that `indices` does not hold.",
    ),
    "CB252": (
        "a forecast that is missing",
        "The commitment is a share of a forecast that was not given for this period.",
    ),
    "CB253": (
        "an expression that cannot be read",
        "Measures add and subtract names of one source; formulas use `+ - * /`.",
    ),
    "CB254": (
        "VAT that does not hold together",
        "The standard category has a rate; the others have none and, but for the zero rate, a reason that must stand on"
        " the invoice.",
    ),
    "CB255": ("not a period of the contract", "Periods are named by month, quarter or their first day."),
    "CB256": (
        "a period that cannot be told",
        "Without `--period` the records must lie in exactly one period of the contract.",
    ),
    "CB257": ("tiers that overlap", "Some quantities would have two prices."),
    "CB258": (
        "what is outside the scope of VAT beside what is not",
        "An invoice of EN 16931 that has one line of category O has no line of another category (BR-O-11 and the rules"
        " after it): sums paid out in the client's name, for instance, go on an invoice of their own.",
    ),
    "CB260": (
        "a KPI whose formula is not said",
        "The trade knows several formulas for it, and they give different values of one month; short abandons, the menu"
        " and repeat windows move it too. `callbill describe service_level` lists what there is to choose from.",
    ),
    "CB261": (
        "a formula that cannot be read",
        "A KPI is one sum of counts over another: `answered_within / (answered + abandoned)`.",
    ),
    "CB262": (
        "a KPI that its source cannot give",
        "The source has no such state or column. `counts:` says what it is called there, or which records it counts.",
    ),
    "CB263": (
        "a scale with a gap",
        "Some value would be worth nothing that anybody agreed on. Steps that meet only at so many decimals need a KPI"
        " that is rounded to them.",
    ),
    "CB264": ("a scale that takes a value twice", "Steps overlap, or do not rise: which of the two would be due?"),
    "CB265": (
        "days between two phases",
        "No phase bills them: they would be left out without a word. The next phase begins on the day after the last"
        " day of the one before.",
    ),
    "CB266": ("phases that overlap", "Two phases bill the same days, which would be billed twice."),
    "CB267": (
        "a day outside the phases",
        "A charge, a clause or a single line names a day that its phase does not bill, or the period lies in no phase at"
        " all: nothing would be billed, and nobody would be told.",
    ),
    "CB271": (
        "a malus without a floor",
        "An amount for each point, second or event has no end: one bad month could cost more than the month was worth."
        " `cap:` bounds a clause, `adjustment_cap:` all of them.",
    ),
    "CB272": ("a gate that can never pass", "No value of the KPI is inside its limits, so nothing is ever due."),
    "CB273": (
        "two clauses for one KPI",
        "Contracts that grew say the same thing twice with two amounts, and both sides read the one they prefer.",
    ),
    "CB274": (
        "a step within the margin of error",
        "The KPI's 95 % margin of error holds a limit of the scale: which side it falls on is partly luck.",
    ),
    "CB275": (
        "a KPI whose volume makes it noise",
        "Its margin of error is wider than the whole scale; a bonus or a malus would mostly pay luck.",
    ),
    "CB301": (
        "a column that is not there",
        "The source declares a column that the file does not have. Names must be the same to the letter; with"
        " `header: false` columns are positions, `1` for the first.",
    ),
    "CB302": (
        "a column that is there twice",
        "Two columns have the declared name: which one is meant is not guessed. `phone (1)` is the first of that name.",
    ),
    "CB303": ("a cell that is no moment", "The cell does not have the declared date format."),
    "CB304": ("a cell that is no duration", "The cell does not have the declared unit or form."),
    "CB305": ("a cell that is no number", "The cell does not have the declared decimal mark, or is no number at all."),
    "CB306": ("an empty cell", "The cell must hold a value, unless the contract says what an empty one counts as."),
    "CB307": (
        "an unknown state",
        "The word is in none of the source's `agent_states`, so it cannot be left out silently.",
    ),
    "CB308": ("a row with too many or too few cells", "The row does not have the header's number of cells."),
    "CB309": ("a quote that does not close", "Cells may be quoted; a quote inside one is written twice."),
    "CB310": (
        "bytes of another encoding",
        "The file is not written in the declared encoding. What Excel calls « CSV UTF-8 » is `utf-8`, its plain « CSV »"
        " in Western Europe `cp1252`, its « Unicode text » `utf-16`.",
    ),
    "CB311": (
        "a negative duration",
        "No call lasts less than nothing: the export is wrong, or two columns are swapped.",
    ),
    "CB312": (
        "an hour that happened twice",
        "The clocks went back and the cell does not say which of the two hours it means; `repeated_hour` decides.",
    ),
    "CB313": ("an hour that never happened", "The clocks went forward over it; `missing_hour: shift` accepts it."),
    "CB314": (
        "one id with different values",
        "Rows with the same id must be equal and are billed once. `duplicates: {latest_by: …}` lets the newest win. Rows"
        " that are legs of one contact must not be summed as if they were contacts: `legs:` joins them.",
    ),
    "CB315": (
        "a duration out of range",
        "Nothing lasts more than 366 days; such numbers are overflows or other units.",
    ),
    "CB316": ("an empty export", "The file has no line at all, not even a header."),
    "CB317": ("a file without a source", "It is not clear which source of the contract the file belongs to."),
    "CB318": (
        "too many rejected rows",
        "More rows could not be understood than are accepted; by default none is. `--rejects FILE` lists them.",
    ),
    "CB319": ("records without a price", "The price table has no row for them, and no `otherwise`."),
    "CB321": (
        "a file that cannot be unpacked",
        "It is damaged, locked, or holds several files; or it is a spreadsheet of another kind than `.xlsx`, or one"
        " whose formulas were saved without their values.",
    ),
    "CB322": ("a NUL byte", "Text files hold none; the file may be UTF-16, or damaged."),
    "CB323": (
        "a typed column that cannot be read exactly",
        "The Parquet or DataFrame column has a type that would lose or guess something: an identifier as a float, a"
        " time without its zone.",
    ),
    "CB324": ("a measure below zero", "The times that the charge subtracts exceed those it adds."),
    "CB325": (
        "a telephone number that a spreadsheet has cut",
        "Spreadsheets turn long numbers into `4.479E+11`, and different customers become one. Export again.",
    ),
    "CB326": (
        "an export that says it is not complete",
        "The platform marks exports that were cut short. The bill would miss what is not there.",
    ),
    "CB327": (
        "a part longer than its whole",
        "A contact's talk time cannot be longer than the contact: the export's unit is not the declared one, or two"
        " columns are swapped. One second is allowed for rounding.",
    ),
    "CB328": (
        "a sheet that is not told",
        "The spreadsheet has several sheets, or none of the declared name; `sheet:` says which one is read.",
    ),
    "CB329": ("a line that is not a JSON object", "In JSON lines every line is one object, complete by itself."),
    "CB330": (
        "an export that no reader knows",
        "Its header fits no platform's export, or is nearly one. Columns that were renamed are declared in the contract;"
        " an unknown export is declared with `reader: generic`. A reader is never chosen silently for an invoice.",
    ),
    "CB331": (
        "records that look wrong",
        "They can be read and are billed as they stand: names in two spellings, talk time on abandoned contacts.",
    ),
    "CB332": (
        "a first line that does not say what it should",
        "The source takes something from the lines above the header, such as the time range of a report.",
    ),
    "CB340": (
        "an earlier month that is missing",
        "Repeated misses, earning back, quarters and results of the month before need earlier months: their activity on"
        " the same command line, or their invoices in JSON (`--history FILE`).",
    ),
    "CB341": (
        "a KPI that nobody measured",
        "It is measured elsewhere, and no file of `--kpis` has it for this period.",
    ),
    "CB342": (
        "values that cannot be added",
        "A mean of means is not the mean; numerators and denominators can be added.",
    ),
    "CB343": ("a KPI file that cannot be read", "Its header is `kpi,period,numerator,denominator,value`, in UTF-8."),
    "CB344": (
        "a cell of a KPI file that cannot be read",
        "It names no KPI or period of the contract, or is no number.",
    ),
    "CB345": (
        "a result that cannot be used",
        "`--history` takes invoices of the same contract that callbill wrote as JSON.",
    ),
    "CB401": ("a file that is not there", "The name or the folder is wrong."),
    "CB402": ("a file that cannot be read", "It is a folder, or its permissions or the disk do not allow it."),
    "CB403": (
        "a file that cannot be written",
        "The folder is not there or does not allow it, the disk is full, or standard output is closed. Nothing is"
        " complete that was being written.",
    ),
    "CB404": ("an unknown format", "The format is named with `-f`, or told from the ending of `-o FILE`."),
    "CB405": ("a command line that cannot be followed", "An option has a value that is none, or a file is missing."),
    "CB406": ("a line that is not on the invoice", "`explain --line` takes the id that stands beside each line."),
    "CB407": (
        "a file named twice",
        "One source is given the same file twice, perhaps by two names or by two patterns. Where rows have no id that"
        " tells them apart, everything in it would be billed twice.",
    ),
    "CB408": (
        "contracts that cannot be compared",
        "Contracts are compared month by month in one currency: all need the same `currency` and the same `period`.",
    ),
    "CB409": (
        "a history that cannot tell what the proposed model counts",
        "A price is learnt from what the months billed and from what they count: acts, hours or seats. Where no source"
        " of the contract says which contacts were answered, how long agents worked or who they were, or where nothing"
        " was billed, no price is proposed. `--count` names the acts; another model may count what the history has.",
    ),
}
