package query

// A pass improves a plan without changing its answer. It is a pure function:
// it may share parts of the plan it is given but changes none of them.
type pass struct {
	name string
	// always is set for passes without which a plan cannot be written; the
	// others may be switched off, for tests.
	always bool
	run    func(plan) plan
}

// passes lists all passes in the order in which they run. Policies come first,
// so that nothing is chosen or shared before they are in place.
func passes() []pass {
	return []pass{
		{"policy", true, applyPolicies},
		{"prune", false, pruneScans},
		{"merge", false, mergeScans},
		{"rollup", false, useRollups},
		{"joins", true, addJoins},
		{"inner", false, joinInner},
		{"early", false, aggregateEarly},
		{"flags", false, groupByFlags},
		{"split", false, splitSums},
		{"code", false, codeTexts},
		{"zone", true, boundZones},
	}
}

// optimise runs the passes. With plain set only those that must.
func optimise(p plan, plain bool, trace func(name string, p plan)) plan {
	p.raw = plain
	for _, pass := range passes() {
		if plain && !pass.always {
			continue
		}
		p = pass.run(p)
		if trace != nil {
			trace(pass.name, p)
		}
	}
	return p
}

// policyFingerprint tells policies apart in cache keys. There are none yet.
const policyFingerprint = "none"

// applyPolicies adds the conditions of row rules to every scan. There are no
// row rules yet; this is where they enter, before any optimisation.
func applyPolicies(p plan) plan { return p }

// pruneScans marks aggregates whose values nobody reads: a rank needs only the
// metric that ranks. The scans stay, because their rows make groups exist.
func pruneScans(p plan) plan {
	needed := p.needed()
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		leaves := make([]scanLeaf, len(s.leaves))
		for j, l := range s.leaves {
			l.unread = !needed[l.slot]
			leaves[j] = l
		}
		s.leaves = leaves
		scans[i] = s
	}
	p.scans = scans
	return p
}
