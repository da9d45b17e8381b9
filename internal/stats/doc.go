// Package stats is the arithmetic behind the tree and explanations: robust
// averages, correlation of prewhitened series, how unusual a change is, and
// the fair division of a change among its causes. Functions are pure, never
// change their arguments, and take NaN for a missing value where they say so.
//
// Sources: quantiles, Hyndman and Fan 1996 (type 7); median absolute
// deviation, Rousseeuw and Croux 1993; summation, Neumaier 1974; prewhitening
// both series before correlating them, Haugh 1976; order by AIC, Akaike 1974;
// false discovery rate, Benjamini and Hochberg 1995; division of a whole among
// players, Shapley 1953; rounding that keeps the total, Hamilton's method of
// largest remainders.
package stats
