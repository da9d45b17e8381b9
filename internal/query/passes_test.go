package query

import "testing"

// TestPoliciesComeFirst: nothing is chosen or shared before row rules are in a
// plan, and no switch leaves them out.
func TestPoliciesComeFirst(t *testing.T) {
	if first := passes()[0]; first.name != "policy" || !first.always {
		t.Errorf("the first pass is %s, always %v", first.name, first.always)
	}
	if policyFingerprint == "" {
		t.Error("policies have no part in the key of a cached answer")
	}
}
