"""The fixed words of a readable invoice, in every language it can be written in."""

from callbill.invoice import say

INVOICE = say("Invoice {number}", "Facture {number}")
SELLER = say("Seller", "Vendeur")
BUYER = say("Buyer", "Acheteur")
VAT_NUMBER = say("VAT {number}", "TVA {number}")

CONTRACT = say("Contract", "Contrat")
PERIOD = say("Period", "Période")
PERIOD_DAYS = say("{first} to {last}, {timezone} time", "du {first} au {last}, fuseau {timezone}")
PHASE = say("Phase", "Phase")
PHASE_DAYS = say("{name}, {first} to {last}", "{name}, du {first} au {last}")
OF_PHASE = say("{label} ({name})", "{label} ({name})")
BETWEEN = say("{first} to {last}", "du {first} au {last}")
ISSUED = say("Issued", "Émise le")
TERMS = say("Payment terms", "Conditions")
ORDER = say("Purchase order", "Bon de commande")
NOTE = say("Note", "Note")
ACCOUNT = say("Pay to", "À payer à")
FACT = say("{name}: {value}", "{name} : {value}")
AMOUNT_DUE = say("Amount due", "Net à payer")
DUE_BY = say("{amount} by {day}", "{amount} au plus tard le {day}")

LINES = say("Lines", "Lignes")
LINE = say("Line", "Ligne")
LINE_ID = say("line", "ligne")
DESCRIPTION = say("Description", "Désignation")
QUANTITY = say("Quantity", "Quantité")
UNIT = say("Unit", "Unité")
UNIT_PRICE = say("Unit price", "Prix unitaire")
VAT = say("VAT", "TVA")
AMOUNT = say("Amount {currency}", "Montant {currency}")
SUBTOTAL = say("Sub-total", "Sous-total")

NOTHING = say("Nothing to bill in this period", "Rien à facturer sur cette période")

TOTALS = say("Totals", "Totaux")
NET = say("Net", "Total HT")
VAT_ON = say("VAT {rate} on {base} ({category})", "TVA {rate} sur {base} ({category})")
TOTAL = say("Total", "Total TTC")
CREDIT = say("Less: {label}", "À déduire : {label}")
DUE_TOTAL = say("Amount due by {day}", "Net à payer au plus tard le {day}")

KPIS = say("KPIs", "Indicateurs")
KPI = say("KPI", "Indicateur")
NUMERATOR = say("Numerator", "Numérateur")
DENOMINATOR = say("Denominator", "Dénominateur")
VALUE = say("Value", "Valeur")
MARGIN = say("95 % margin", "Marge à 95 %")
TARGET = say("Target", "Cible")
OUTCOMES = say("Bonus and malus", "Bonus et malus")
OUTCOME = say("Result", "Résultat")
MEASURED_OVER = say("{words}, {window}", "{words}, {window}")
UNCOUNTED = say("nothing counted", "rien de compté")
NEAR = say("rounded to {value}", "arrondi à {value}")

RECORDS = say("Records", "Enregistrements")
SOURCE = say("Source", "Source")
READ = say("Read", "Lus")
REJECTED = say("Rejected", "Rejetés")
OTHER = say("Other rows", "Autres lignes")
DUPLICATES = say("Duplicates", "Doublons")
JOINED = say("Joined", "Regroupés")
OUTSIDE = say("Outside period", "Hors période")
INSIDE = say("In period", "Dans la période")
COUNTS = (
    ("read", READ), ("rejected", REJECTED), ("other", OTHER), ("duplicates", DUPLICATES), ("joined", JOINED),
    ("outside_period", OUTSIDE), ("in_period", INSIDE),
)  # fmt: skip
CHARGE = say("Charge", "Prestation")
BILLED = say("Billed", "Facturés")
NOT_BILLED = say("Not billed", "Non facturés")
UNBILLED = say("In no charge", "Hors de toute prestation")
KINDS_OF_RECORD = {
    "contact": say("contacts", "contacts"),
    "agent_state": say("agent states", "états d’agent"),
    "interval": say("intervals", "intervalles"),
}

RULES = say("Rules used", "Règles appliquées")
SETTING = say("Setting", "Réglage")
RULE = say("Rule", "Règle")
WHOLE_CONTRACT = say("Whole contract", "Tout le contrat")
FILES = say("Files read", "Fichiers lus")
FILE = say("File", "Fichier")
