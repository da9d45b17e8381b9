package stats

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxPlayers is how many players Shapley divides among exactly: 4,096
// evaluations.
const MaxPlayers = 12

// Tolerance is how far parts may miss the whole, relative to the largest
// number involved.
const Tolerance = 1e-9

// Shapley divides f(all) - f(none) among k players: each gets the mean, over
// all orders of joining, of what joining changes. Bit i of mask tells whether
// player i has joined; f is called once for each of the 2^k masks. The parts
// add up to the change within Tolerance of the largest of |f(all)|, |f(none)|
// and the sum of |parts|. It is an error when k is not in 0..MaxPlayers or f
// gives a value that is not finite.
func Shapley(k int, f func(mask uint) float64) ([]float64, error) {
	if k < 0 || k > MaxPlayers {
		return nil, fmt.Errorf("stats: cannot divide exactly among %d players, at most %d", k, MaxPlayers)
	}
	values := make([]float64, 1<<k)
	for mask := range values {
		v := f(uint(mask))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("stats: the function has no finite value at %0*b", k, mask)
		}
		values[mask] = v
	}
	weights := shapleyWeights(k)
	parts := make([]float64, k)
	terms := make([]float64, 0, len(values)/2+1)
	for i := range k {
		terms = terms[:0]
		for mask, without := range values {
			if mask>>i&1 == 0 {
				with := values[mask|1<<i]
				terms = append(terms, weights[bits.OnesCount(uint(mask))]*(with-without))
			}
		}
		parts[i] = Sum(terms...)
	}
	return parts, CheckParts(values[0], values[len(values)-1], parts)
}

// shapleyWeights gives, for each size of the group that a player joins, the
// chance of just that group: s! (k-s-1)! / k!.
func shapleyWeights(k int) []float64 {
	out := make([]float64, k)
	choose := 1.0 // k-1 over s
	for s := range k {
		out[s] = 1 / (float64(k) * choose)
		choose = choose * float64(k-1-s) / float64(s+1)
	}
	return out
}

// CheckParts tells whether parts add up to to - from within Tolerance of
// max(|from|, |to|, sum of |parts|); the error says by how much they miss.
func CheckParts(from, to float64, parts []float64) error {
	sizes := make([]float64, len(parts))
	for i, p := range parts {
		sizes[i] = math.Abs(p)
	}
	miss := math.Abs(Sum(append([]float64{from, -to}, parts...)...))
	if allowed := Tolerance * max(math.Abs(from), math.Abs(to), Sum(sizes...)); !(miss <= allowed) {
		return fmt.Errorf("stats: parts miss the change from %v to %v by %v", from, to, miss)
	}
	return nil
}

// RoundParts rounds parts to so many decimals (0 to 12) in such a way that
// they add up to their rounded total: all are rounded down and the units that
// are left go to the largest remainders, first come first. No part moves by a
// whole unit or more.
func RoundParts(parts []float64, decimals int) []float64 {
	unit := math.Pow(10, float64(max(0, min(decimals, 12))))
	scaled, floors, rest := make([]float64, len(parts)), make([]float64, len(parts)), make([]float64, len(parts))
	for i, p := range parts {
		scaled[i] = p * unit
		floors[i] = math.Floor(scaled[i])
		rest[i] = -(scaled[i] - floors[i]) // ascending order puts the largest first
	}
	left := int(math.Round(Sum(scaled...)) - Sum(floors...))
	for _, i := range ranked(rest)[:max(0, min(left, len(parts)))] {
		floors[i]++
	}
	for i := range floors {
		floors[i] /= unit
	}
	return floors
}
