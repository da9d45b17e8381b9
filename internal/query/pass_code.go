package query

import "lodestar/internal/expr"

// codeGain is how many rows there must be for each row of a related dataset to
// make numbering its texts worth it.
const codeGain = 100

// codeTexts groups by a number in place of a related text where distinct
// values are counted: engines keep every pair of group and value apart, and a
// number is much smaller than a text. Equal texts get equal numbers.
func codeTexts(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.coded = nil
		if !s.early && s.spine == nil && s.level == nil && s.journey == nil && s.rollup == nil && p.countsDistinct(&s) {
			s.coded = make([]bool, len(s.keys))
			fact, _ := p.q.stateOf(s.dataset.Name)
			for j, f := range s.keys {
				if f == nil || f.Column == nil || f.Type != expr.String || len(f.Path) == 0 || f.Many() {
					continue
				}
				to, ok := p.q.stateOf(f.Dataset.Name)
				s.coded[j] = ok && to.Rows*codeGain <= fact.Rows
			}
		}
		scans[i] = s
	}
	p.scans = scans
	return p
}

func (p *plan) countsDistinct(s *scan) bool {
	for _, l := range s.leaves {
		if !l.unread && p.q.leafOf(l.slot).agg().Func == "count_distinct" {
			return true
		}
	}
	return false
}
