package semantic

import (
	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Names of the kinds of this package.
const (
	KindDataset   = "Dataset"
	KindMetric    = "Metric"
	KindWorkspace = "Workspace"
	KindCalendar  = "Calendar"
	KindRollup    = "Rollup"
)

// WorkspaceName is the name of the one Workspace resource.
const WorkspaceName = "workspace"

// Kinds lists the kinds of this package.
func Kinds() []catalog.Kind {
	return []catalog.Kind{
		{Name: KindWorkspace, Plural: "workspaces", Title: text.Text{ZH: "工作区", EN: "Workspace"},
			New: func() catalog.Spec { return &WorkspaceSpec{} }},
		{Name: KindCalendar, Plural: "calendars", Title: text.Text{ZH: "日历", EN: "Calendar"},
			New: func() catalog.Spec { return &CalendarSpec{} }},
		{Name: KindConnection, Plural: "connections", Title: text.Text{ZH: "连接", EN: "Connection"}, Write: access.Admin,
			New: func() catalog.Spec { return &ConnectionSpec{} }},
		{Name: KindDataset, Plural: "datasets", Title: text.Text{ZH: "数据集", EN: "Dataset"}, Given: SystemDatasets(),
			New: func() catalog.Spec { return &DatasetSpec{} }},
		{Name: KindEntity, Plural: "entities", Title: text.Text{ZH: "实体", EN: "Entity"},
			New: func() catalog.Spec { return &EntitySpec{} }},
		{Name: KindEvent, Plural: "events", Title: text.Text{ZH: "事件", EN: "Event"},
			New: func() catalog.Spec { return &EventSpec{} }},
		{Name: KindMetric, Plural: "metrics", Title: text.Text{ZH: "指标", EN: "Metric"},
			New: func() catalog.Spec { return &MetricSpec{} }},
		{Name: KindRollup, Plural: "rollups", Title: text.Text{ZH: "汇总表", EN: "Roll-up"},
			New: func() catalog.Spec { return &RollupSpec{} }},
	}
}
