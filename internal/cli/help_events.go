package cli

import "lodestar/internal/text"

// eventHelp is the help of what has to do with events.
func eventHelp() map[string]text.Text {
	return map[string]text.Text{
		"events":            {EN: "how events keep the tracking plan, and mending those that do not", ZH: "埋点计划的执行情况与修复"},
		"events_report":     {EN: "received, stored, violations, silence and what rests on each event", ZH: "各事件的接收、入库、违规、断流及受影响的指标"},
		"events_quarantine": {EN: "what is set aside, by event and reason", ZH: "隔离区：按事件和原因统计"},
		"events_replay":     {EN: "check what is set aside again, and store what keeps the plan", ZH: "重新校验隔离区，合格的入库"},
		"events_dismiss":    {EN: "give up messages that are set aside", ZH: "放弃隔离区中的消息"},
		"events_propose":    {EN: "entries for the plan, from what is sent and what metrics need", ZH: "根据实际上报与指标需要，建议埋点计划"},
		"events_days":       {EN: "how many days", ZH: "统计天数"},
		"events_event":      {EN: "only this event", ZH: "只看这个事件"},
		"events_kind":       {EN: "only this kind of reason, such as wrong_type", ZH: "只看这种原因，例如 wrong_type"},
		"events_property":   {EN: "only reasons about this property", ZH: "只看这个属性"},
		"events_messages":   {EN: "list the messages with what was sent", ZH: "列出消息及上报内容"},
		"events_limit":      {EN: "how many messages", ZH: "条数"},
		"events_do":         {EN: "mend first: rename, cast, default, remove or rename_event", ZH: "先修复：rename、cast、default、remove 或 rename_event"},
		"events_on":         {EN: "the property to mend; that of --property when not said", ZH: "要修复的属性；默认同 --property"},
		"events_to":         {EN: "the new name", ZH: "新名称"},
		"events_value":      {EN: "the value of default", ZH: "默认值"},
		"events_dry":        {EN: "only tell what would become of them", ZH: "只预览结果，不改动"},
		"writekey":          {EN: "keys with which sources send events", ZH: "事件来源的写入密钥"},
		"writekey_list":     {EN: "list the write keys", ZH: "列出写入密钥"},
		"writekey_create":   {EN: "make a write key for a source and print it, once", ZH: "为来源生成写入密钥并显示（仅一次）"},
		"writekey_on":       {EN: "switch a write key on", ZH: "启用写入密钥"},
		"writekey_off":      {EN: "switch a write key off; what it sends is refused", ZH: "停用写入密钥，其上报将被拒绝"},
		"writekey_delete":   {EN: "let go of a write key", ZH: "删除写入密钥"},
		"writekey_name":     {EN: "name of the source, such as web or ios", ZH: "来源名，例如 web 或 ios"},
		"writekey_calls":    {EN: "calls that it may make: track, identify, page, screen, group, alias; all when not said", ZH: "允许的调用：track、identify、page、screen、group、alias；不写则全部允许"},
	}
}
