package demo

// Names of the made-up chain. None of them is a real shop.

type named struct{ zh, en string }

type cityName struct {
	named
	region int // index in regionNames
	stores []named
}

func regionNames() []named {
	return []named{{"华东", "East"}, {"华南", "South"}, {"华北", "North"}, {"西南", "Southwest"}}
}

func cityNames() []cityName {
	return []cityName{
		{named{"上海", "Shanghai"}, 0, []named{{"徐汇滨江店", "Xuhui Riverside"}, {"静安里店", "Jing'an Lane"}, {"张江科学城店", "Zhangjiang Park"}}},
		{named{"杭州", "Hangzhou"}, 0, []named{{"西溪店", "Xixi"}, {"钱江新城店", "Qianjiang New Town"}}},
		{named{"南京", "Nanjing"}, 0, []named{{"新街口店", "Xinjiekou"}, {"仙林店", "Xianlin"}}},
		{named{"广州", "Guangzhou"}, 1, []named{{"天河北店", "Tianhe North"}, {"东山口店", "Dongshankou"}, {"珠江新城店", "Pearl River New Town"}}},
		{named{"深圳", "Shenzhen"}, 1, []named{{"南山科技园店", "Nanshan Park"}, {"福田口岸店", "Futian Port"}, {"蛇口店", "Shekou"}}},
		{named{"北京", "Beijing"}, 2, []named{{"望京店", "Wangjing"}, {"国贸店", "Guomao"}, {"五道口店", "Wudaokou"}}},
		{named{"天津", "Tianjin"}, 2, []named{{"五大道店", "Five Avenues"}, {"滨海店", "Binhai"}}},
		{named{"成都", "Chengdu"}, 3, []named{{"太古里店", "Taikoo Lane"}, {"高新店", "High-tech Zone"}, {"玉林店", "Yulin"}}},
		{named{"重庆", "Chongqing"}, 3, []named{{"解放碑店", "Jiefangbei"}, {"观音桥店", "Guanyinqiao"}, {"大学城店", "University Town"}}},
	}
}

type categoryName struct {
	named
	group    int // index in groupNames
	price    int // yuan, typical
	weight   float64
	products []named
	launch   named // waits for a launch event
}

func groupNames() []named {
	return []named{{"饮品", "Drinks"}, {"烘焙", "Bakery"}, {"轻食", "Light meals"}, {"零售", "Packaged goods"}}
}

func categoryNames() []categoryName {
	return []categoryName{
		{named{"咖啡", "Coffee"}, 0, 24, 1.4, []named{{"美式", "Americano"}, {"拿铁", "Latte"}, {"澳白", "Flat white"}, {"摩卡", "Mocha"}, {"冷萃", "Cold brew"}, {"燕麦拿铁", "Oat latte"}}, named{"桂花冷萃", "Osmanthus cold brew"}},
		{named{"茶饮", "Tea drinks"}, 0, 22, 1.2, []named{{"茉莉奶绿", "Jasmine milk tea"}, {"乌龙奶茶", "Oolong milk tea"}, {"柠檬红茶", "Lemon black tea"}, {"杨枝甘露", "Mango sago"}, {"葡萄多多", "Grape yakult"}, {"普洱拿铁", "Pu'er latte"}}, named{"龙井柚子茶", "Longjing pomelo tea"}},
		{named{"果汁", "Juice"}, 0, 26, 0.8, []named{{"鲜橙汁", "Orange juice"}, {"西瓜汁", "Watermelon juice"}, {"羽衣甘蓝汁", "Kale juice"}, {"胡萝卜苹果汁", "Carrot apple juice"}, {"石榴汁", "Pomegranate juice"}}, named{"凤梨姜汁", "Pineapple ginger juice"}},
		{named{"面包", "Bread"}, 1, 18, 1.1, []named{{"可颂", "Croissant"}, {"贝果", "Bagel"}, {"恰巴塔", "Ciabatta"}, {"吐司", "Toast loaf"}, {"碱水包", "Pretzel roll"}, {"红豆包", "Red bean bun"}, {"肉松卷", "Pork floss roll"}}, named{"海盐可颂", "Sea salt croissant"}},
		{named{"蛋糕", "Cakes"}, 1, 34, 0.9, []named{{"巴斯克", "Basque cheesecake"}, {"提拉米苏", "Tiramisu"}, {"抹茶卷", "Matcha roll"}, {"栗子蛋糕", "Chestnut cake"}, {"草莓奶油", "Strawberry cream cake"}, {"布朗尼", "Brownie"}}, named{"开心果千层", "Pistachio mille crêpe"}},
		{named{"沙拉", "Salads"}, 2, 36, 0.7, []named{{"凯撒沙拉", "Caesar salad"}, {"鸡胸能量碗", "Chicken bowl"}, {"三文鱼波奇", "Salmon poke"}, {"牛油果沙拉", "Avocado salad"}, {"藜麦沙拉", "Quinoa salad"}}, named{"和牛温沙拉", "Warm wagyu salad"}},
		{named{"三明治", "Sandwiches"}, 2, 30, 1.0, []named{{"金枪鱼三明治", "Tuna sandwich"}, {"火腿芝士帕尼尼", "Ham and cheese panini"}, {"鸡蛋沙拉三明治", "Egg salad sandwich"}, {"牛肉卷", "Beef wrap"}, {"素食三明治", "Veggie sandwich"}, {"烟熏鸡恰巴塔", "Smoked chicken ciabatta"}}, named{"辣味炸鸡三明治", "Spicy chicken sandwich"}},
		{named{"坚果", "Nuts"}, 3, 42, 0.5, []named{{"每日坚果", "Daily mixed nuts"}, {"夏威夷果", "Macadamias"}, {"炭烧腰果", "Roasted cashews"}, {"琥珀核桃", "Candied walnuts"}, {"开心果", "Pistachios"}}, named{"黑松露腰果", "Truffle cashews"}},
		{named{"礼盒", "Gift boxes"}, 3, 88, 0.35, []named{{"挂耳咖啡礼盒", "Drip coffee box"}, {"曲奇礼盒", "Cookie box"}, {"茶礼盒", "Tea box"}, {"坚果礼盒", "Nut box"}}, named{"联名插画礼盒", "Artist edition box"}},
	}
}

func surnames() []named {
	return []named{{"王", "Wang"}, {"李", "Li"}, {"张", "Zhang"}, {"刘", "Liu"}, {"陈", "Chen"}, {"杨", "Yang"},
		{"黄", "Huang"}, {"赵", "Zhao"}, {"吴", "Wu"}, {"周", "Zhou"}, {"徐", "Xu"}, {"孙", "Sun"}, {"马", "Ma"}, {"朱", "Zhu"}}
}

func givenNames() []named {
	return []named{{"子涵", "Zihan"}, {"雨桐", "Yutong"}, {"浩然", "Haoran"}, {"思远", "Siyuan"}, {"佳怡", "Jiayi"},
		{"俊杰", "Junjie"}, {"晓彤", "Xiaotong"}, {"梓轩", "Zixuan"}, {"欣妍", "Xinyan"}, {"明哲", "Mingzhe"},
		{"若溪", "Ruoxi"}, {"天佑", "Tianyou"}, {"静怡", "Jingyi"}, {"一鸣", "Yiming"}}
}
