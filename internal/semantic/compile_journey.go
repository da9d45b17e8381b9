package semantic

import "lodestar/internal/text"

// journey compiles a conversion or retention metric.
func (c *compiler) journey(m *Metric) {
	c.report(KindMetric, m.Name, problem("type", "not_built", text.Text{
		ZH: "暂不支持 {type} 类型的指标", EN: "metrics of type {type} cannot be computed yet"}, "type", m.Spec.Type))
}
