package warehouse

// Growth is what happened to the rows of a dataset between two of its versions.
type Growth int

// The growths, each more than the one before.
const (
	Same    Growth = iota
	Added          // rows came, none changed or went
	Changed        // rows came or changed by key, none went
	Other          // anything else, or more than is known
)

// GrowthOf reads off a dataset's ledger, newest first, what happened after the
// version from, up to the version to. A ledger that goes on beyond to, or does
// not reach back to from, gives Other.
func GrowthOf(ledger []LedgerEntry, from, to int64) Growth {
	if from == to {
		return Same
	}
	out := Same
	for _, e := range ledger {
		switch {
		case e.Version > to:
			return Other
		case e.Version <= from:
			return out
		case e.Mode == "append":
			out = max(out, Added)
		case e.Mode == "upsert", e.Mode == "change" && e.Deleted == 0:
			out = max(out, Changed)
		default:
			return Other
		}
	}
	return Other
}
