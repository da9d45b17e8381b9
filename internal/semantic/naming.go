package semantic

import (
	"strconv"
	"strings"

	"lodestar/internal/text"
)

// commonHeaders are ASCII names for headers that Chinese exports often have.
func commonHeaders() map[string]string {
	return map[string]string{"订单号": "order_id", "订单编号": "order_id", "单号": "order_id", "客户": "customer", "客户编号": "customer_id",
		"客户名称": "customer_name", "会员号": "member_id", "会员编号": "member_id", "会员": "member", "用户": "user", "用户编号": "user_id",
		"门店": "store", "门店编号": "store_id", "门店名称": "store_name", "店铺": "shop", "商品": "product", "商品编号": "product_id",
		"商品名称": "product_name", "产品": "product", "品类": "category", "类别": "category", "品牌": "brand", "数量": "quantity",
		"单价": "price", "金额": "amount", "销售额": "sales", "实付金额": "paid_amount", "折扣": "discount", "优惠": "discount",
		"成本": "cost", "利润": "profit", "日期": "date", "时间": "at", "下单时间": "ordered_at", "下单日期": "ordered_on",
		"支付时间": "paid_at", "创建时间": "created_at", "更新时间": "updated_at", "渠道": "channel", "城市": "city", "省份": "province",
		"省": "province", "地区": "region", "区域": "region", "大区": "region", "状态": "status", "姓名": "name", "名称": "name",
		"编号": "code", "序号": "number", "备注": "note", "性别": "gender", "年龄": "age", "电话": "phone", "手机号": "phone",
		"员工": "employee", "部门": "department", "供应商": "supplier", "仓库": "warehouse", "库存": "stock", "退款金额": "refund_amount",
		"支付方式": "payment_method", "类型": "kind", "周": "week_no", "月": "month_no", "年": "year_no", "月份": "month_no", "年份": "year_no"}
}

// Fold makes headers comparable: case and blanks do not matter.
func Fold(header string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(header, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u3000' || r == '\u00a0'
	}), ""))
}

// keptBack are names that a column may not have.
func keptBack(name string) bool {
	switch name {
	case "minute", "hour", "day", "week", "month", "quarter", "year", "time", "others":
		return true
	}
	return false
}

// NameOf turns a header into a name, or "" when nothing of it is ASCII.
func NameOf(header string) string {
	if name, ok := commonHeaders()[Fold(header)]; ok {
		header = name
	}
	var b strings.Builder
	for i, r := range strings.TrimSpace(header) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			if i > 0 && b.Len() > 0 && header[i-1] >= 'a' && header[i-1] <= 'z' {
				b.WriteByte('_')
			}
			b.WriteRune(r + 'a' - 'A')
		default:
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	for strings.Contains(name, "__") {
		name = strings.ReplaceAll(name, "__", "_")
	}
	if name == "" {
		return ""
	}
	if name[0] >= '0' && name[0] <= '9' {
		name = "c_" + name
	}
	if len(name) > 50 {
		name = strings.TrimRight(name[:50], "_")
	}
	if keptBack(name) {
		name += "_value"
	}
	return name
}

// NamesOf proposes a name for each header, numbered where two meet.
func NamesOf(headers []string) []string {
	out := make([]string, len(headers))
	taken := map[string]bool{}
	for i, h := range headers {
		name := NameOf(h)
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		base := name
		for n := 2; taken[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		taken[name] = true
		out[i] = name
	}
	return out
}

// TitleOf puts a header into the language that it is written in.
func TitleOf(header string) text.Text {
	for _, r := range header {
		if r >= 0x2E80 {
			return text.Text{ZH: header}
		}
	}
	return text.Text{EN: header}
}

// DatasetNameOf proposes a dataset's name from a file's, or from a table's.
func DatasetNameOf(file string) string {
	base, _, _ := strings.Cut(file, ".")
	if name := NameOf(base); name != "" {
		return name
	}
	return "dataset_1"
}
