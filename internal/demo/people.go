package demo

import "lodestar/internal/text"

// people lists who works here. Owners and stewards in the definitions are
// these user names.
func people() []Person {
	p := func(name, zh, en, jobZH, jobEN string, role string) Person {
		return Person{Name: name, Title: text.Text{ZH: zh, EN: en}, Job: text.Text{ZH: jobZH, EN: jobEN}, Role: role}
	}
	return []Person{
		p("admin", "系统管理员", "Administrator", "管理账号与设置", "Looks after people and settings", "admin"),
		p("lin.wanqing", "林晚晴", "Wanqing Lin", "首席执行官", "Chief executive", "viewer"),
		p("mei.zhou", "周梅", "Mei Zhou", "增长负责人", "Head of growth", "editor"),
		p("hao.chen", "陈浩", "Hao Chen", "门店运营负责人", "Head of store operations", "editor"),
		p("yue.wang", "王悦", "Yue Wang", "店长", "Store manager", "viewer"),
		p("rui.zhao", "赵睿", "Rui Zhao", "商品负责人", "Head of merchandise", "editor"),
		p("jing.xu", "徐静", "Jing Xu", "客户服务负责人", "Head of customer service", "editor"),
		p("ning.sun", "孙宁", "Ning Sun", "数据分析师", "Analyst", "editor"),
		p("bo.wu", "吴博", "Bo Wu", "数据工程师", "Data engineer", "editor"),
	}
}
