package semantic

import (
	"maps"

	"lodestar/internal/calendar"
	"lodestar/internal/steps"
)

// Choices lists the words that fields take, by type and key: the lists that
// validation uses, for schemas and forms.
func Choices() map[string][]string {
	out := map[string][]string{
		"semantic.MetricSpec.type":          metricTypes,
		"semantic.MetricSpec.agg":           aggregates,
		"semantic.MetricSpec.role":          roles,
		"semantic.MetricSpec.direction":     directions,
		"semantic.MetricSpec.empty":         emptyValues,
		"semantic.MetricSpec.reread":        rereadings,
		"semantic.MetricSpec.calculation":   calculations,
		"semantic.MetricSpec.period":        cohortPeriods,
		"semantic.MetricSpec.rules":         foreignRules,
		"semantic.Balance.take":             balanceTakes,
		"semantic.ConnectionSpec.type":      connectionTypes,
		"semantic.ConnectionSpec.tls":       tlsModes,
		"semantic.EntityID.normal":          idNormals,
		"semantic.Sync.mode":                syncModes,
		"semantic.Sync.drift":               driftRules,
		"semantic.Sync.deletes":             deleteRules,
		"semantic.EventSpec.onUnplanned":    unplannedRules,
		"semantic.EventSpec.onViolation":    violationRules,
		"semantic.EventRules.unplanned":     unplannedEventRules,
		"semantic.Property.type":            columnTypes,
		"semantic.Column.type":              columnTypes,
		"semantic.QualityRule.rule":         ruleNames,
		"semantic.QualityRule.severity":     severities,
		"semantic.QualityRule.by":           ruleSteps,
		"semantic.QualityRule.agg":          reconcileSums,
		"semantic.Relationship.cardinality": cardinality,
		"semantic.Format.type":              formatTypes,
		"semantic.Format.encoding":          encodings,
		"semantic.WorkspaceSpec.weekStart":  weekdays(),
		"semantic.RollupSpec.grain":         rollupGrains,
		"semantic.CalendarSpec.weekStart":   weekdays(),
		"semantic.CalendarSpec.workWeek":    weekdays(),
		"semantic.CalendarSpec.pattern":     calendar.Patterns(),
		"semantic.TradingDays.week":         weekdays(),
	}
	maps.Copy(out, steps.Choices())
	return out
}
