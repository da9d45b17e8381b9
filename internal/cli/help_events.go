package cli

import "lodestar/internal/text"

// eventHelp is the help of what has to do with events.
func eventHelp() map[string]text.Text {
	return map[string]text.Text{
		"writekey":        {EN: "keys with which sources send events", ZH: "事件来源的写入密钥"},
		"writekey_list":   {EN: "list the write keys", ZH: "列出写入密钥"},
		"writekey_create": {EN: "make a write key for a source and print it, once", ZH: "为来源生成写入密钥并显示（仅一次）"},
		"writekey_on":     {EN: "switch a write key on", ZH: "启用写入密钥"},
		"writekey_off":    {EN: "switch a write key off; what it sends is refused", ZH: "停用写入密钥，其上报将被拒绝"},
		"writekey_delete": {EN: "let go of a write key", ZH: "删除写入密钥"},
		"writekey_name":   {EN: "name of the source, such as web or ios", ZH: "来源名，例如 web 或 ios"},
		"writekey_calls":  {EN: "calls that it may make: track, identify, page, screen, group, alias; all when not said", ZH: "允许的调用：track、identify、page、screen、group、alias；不写则全部允许"},
	}
}
