package pgcat

import (
	"strings"
	"time"
)

// definitions of the catalogue's own tables: name, then columns with types.
// A type is left out for name.
var definitions = map[string]string{
	"pg_namespace":   "oid:oid nspname nspowner:oid nspacl:_aclitem",
	"pg_class":       "oid:oid relname relnamespace:oid reltype:oid reloftype:oid relowner:oid relam:oid relfilenode:oid reltablespace:oid relpages:int4 reltuples:float4 relallvisible:int4 reltoastrelid:oid relhasindex:bool relisshared:bool relpersistence:char relkind:char relnatts:int2 relchecks:int2 relhasrules:bool relhastriggers:bool relhassubclass:bool relrowsecurity:bool relforcerowsecurity:bool relispopulated:bool relreplident:char relispartition:bool relrewrite:oid relfrozenxid:xid relminmxid:xid relacl:_aclitem reloptions:_text relpartbound:text relhasoids:bool tableoid:oid",
	"pg_attribute":   "attrelid:oid attname atttypid:oid attlen:int2 attnum:int2 attcacheoff:int4 atttypmod:int4 attndims:int2 attbyval:bool attalign:char attstorage:char attcompression:char attnotnull:bool atthasdef:bool atthasmissing:bool attidentity:char attgenerated:char attisdropped:bool attislocal:bool attinhcount:int2 attcollation:oid attstattarget:int2 attacl:_aclitem attoptions:_text attfdwoptions:_text attmissingval:text",
	"pg_type":        "oid:oid typname typnamespace:oid typowner:oid typlen:int2 typbyval:bool typtype:char typcategory:char typispreferred:bool typisdefined:bool typdelim:char typrelid:oid typsubscript:regproc typelem:oid typarray:oid typinput:regproc typoutput:regproc typreceive:regproc typsend:regproc typmodin:regproc typmodout:regproc typanalyze:regproc typalign:char typstorage:char typnotnull:bool typbasetype:oid typtypmod:int4 typndims:int4 typcollation:oid typdefault:text typdefaultbin:text typacl:_aclitem",
	"pg_description": "objoid:oid classoid:oid objsubid:int4 description:text", "pg_shdescription": "objoid:oid classoid:oid description:text",
	"pg_database":       "oid:oid datname datdba:oid encoding:int4 datlocprovider:char datistemplate:bool datallowconn:bool datconnlimit:int4 datfrozenxid:xid datminmxid:xid dattablespace:oid datcollate:text datctype:text daticulocale:text datlocale:text daticurules:text datcollversion:text datacl:_aclitem",
	"pg_roles":          "oid:oid rolname rolsuper:bool rolinherit:bool rolcreaterole:bool rolcreatedb:bool rolcanlogin:bool rolreplication:bool rolconnlimit:int4 rolpassword:text rolvaliduntil:timestamptz rolbypassrls:bool rolconfig:_text",
	"pg_user":           "usename usesysid:oid usecreatedb:bool usesuper:bool userepl:bool usebypassrls:bool passwd:text valuntil:timestamptz useconfig:_text",
	"pg_settings":       "name:text setting:text unit:text category:text short_desc:text extra_desc:text context:text vartype:text source:text min_val:text max_val:text enumvals:_text boot_val:text reset_val:text sourcefile:text sourceline:int4 pending_restart:bool",
	"pg_tablespace":     "oid:oid spcname spcowner:oid spcacl:_aclitem spcoptions:_text",
	"pg_am":             "oid:oid amname amhandler:regproc amtype:char",
	"pg_tables":         "schemaname tablename tableowner tablespace hasindexes:bool hasrules:bool hastriggers:bool rowsecurity:bool",
	"pg_stat_activity":  "datid:oid datname pid:int4 usesysid:oid usename application_name:text client_addr:text client_hostname:text client_port:int4 backend_start:timestamptz xact_start:timestamptz query_start:timestamptz state_change:timestamptz wait_event_type:text wait_event:text state:text backend_xid:xid backend_xmin:xid query_id:int8 query:text backend_type:text",
	"pg_language":       "oid:oid lanname lanowner:oid lanispl:bool lanpltrusted:bool lanplcallfoid:oid laninline:oid lanvalidator:oid lanacl:_aclitem",
	"pg_collation":      "oid:oid collname collnamespace:oid collowner:oid collprovider:char collisdeterministic:bool collencoding:int4 collcollate:text collctype:text colllocale:text colliculocale:text collicurules:text collversion:text",
	"pg_timezone_names": "name:text abbrev:text utc_offset:interval is_dst:bool",

	// There is nothing of these.
	"pg_index":      "indexrelid:oid indrelid:oid indnatts:int2 indnkeyatts:int2 indisunique:bool indnullsnotdistinct:bool indisprimary:bool indisexclusion:bool indimmediate:bool indisclustered:bool indisvalid:bool indcheckxmin:bool indisready:bool indislive:bool indisreplident:bool indkey:int2vector indcollation:oidvector indclass:oidvector indoption:int2vector indexprs:text indpred:text",
	"pg_constraint": "oid:oid conname connamespace:oid contype:char condeferrable:bool condeferred:bool convalidated:bool conrelid:oid contypid:oid conindid:oid conparentid:oid confrelid:oid confupdtype:char confdeltype:char confmatchtype:char conislocal:bool coninhcount:int2 connoinherit:bool conkey:_int2 confkey:_int2 conpfeqop:_oid conppeqop:_oid conffeqop:_oid confdelsetcols:_int2 conexclop:_oid conbin:text conperiod:bool conenforced:bool",
	"pg_attrdef":    "oid:oid adrelid:oid adnum:int2 adbin:text",
	"pg_proc":       "oid:oid proname pronamespace:oid proowner:oid prolang:oid procost:float4 prorows:float4 provariadic:oid prosupport:regproc prokind:char prosecdef:bool proleakproof:bool proisstrict:bool proretset:bool provolatile:char proparallel:char pronargs:int2 pronargdefaults:int2 prorettype:oid proargtypes:oidvector proallargtypes:_oid proargmodes:_char proargnames:_text proargdefaults:text protrftypes:_oid prosrc:text probin:text prosqlbody:text proconfig:_text proacl:_aclitem proisagg:bool proiswindow:bool",
	"pg_inherits":   "inhrelid:oid inhparent:oid inhseqno:int4 inhdetachpending:bool",
	"pg_trigger":    "oid:oid tgrelid:oid tgparentid:oid tgname tgfoid:oid tgtype:int2 tgenabled:char tgisinternal:bool tgconstrrelid:oid tgconstrindid:oid tgconstraint:oid tgdeferrable:bool tginitdeferred:bool tgnargs:int2 tgattr:int2vector tgargs:bytea tgqual:text tgoldtable tgnewtable",
	"pg_policy":     "oid:oid polname polrelid:oid polcmd:char polpermissive:bool polroles:_oid polqual:text polwithcheck:text",
	"pg_rewrite":    "oid:oid rulename ev_class:oid ev_type:char ev_enabled:char is_instead:bool ev_qual:text ev_action:text",
	"pg_sequence":   "seqrelid:oid seqtypid:oid seqstart:int8 seqincrement:int8 seqmax:int8 seqmin:int8 seqcache:int8 seqcycle:bool",
	"pg_sequences":  "schemaname sequencename sequenceowner data_type:regtype start_value:int8 min_value:int8 max_value:int8 increment_by:int8 cycle:bool cache_size:int8 last_value:int8",
	"pg_enum":       "oid:oid enumtypid:oid enumsortorder:float4 enumlabel", "pg_range": "rngtypid:oid rngsubtype:oid rngmultitypid:oid rngcollation:oid rngsubopc:oid rngcanonical:regproc rngsubdiff:regproc",
	"pg_extension":            "oid:oid extname extowner:oid extnamespace:oid extrelocatable:bool extversion:text extconfig:_oid extcondition:_text",
	"pg_available_extensions": "name default_version:text installed_version:text comment:text",
	"pg_depend":               "classid:oid objid:oid objsubid:int4 refclassid:oid refobjid:oid refobjsubid:int4 deptype:char", "pg_shdepend": "dbid:oid classid:oid objid:oid objsubid:int4 refclassid:oid refobjid:oid deptype:char",
	"pg_statistic_ext": "oid:oid stxrelid:oid stxname stxnamespace:oid stxowner:oid stxstattarget:int4 stxkeys:int2vector stxkind:_char stxexprs:text",
	"pg_publication":   "oid:oid pubname pubowner:oid puballtables:bool pubinsert:bool pubupdate:bool pubdelete:bool pubtruncate:bool pubviaroot:bool", "pg_publication_rel": "oid:oid prpubid:oid prrelid:oid prqual:text prattrs:int2vector",
	"pg_publication_namespace": "oid:oid pnpubid:oid pnnspid:oid", "pg_publication_tables": "pubname schemaname tablename attnames:_name rowfilter:text",
	"pg_subscription":  "oid:oid subdbid:oid subname subowner:oid subenabled:bool",
	"pg_foreign_table": "ftrelid:oid ftserver:oid ftoptions:_text", "pg_foreign_server": "oid:oid srvname srvowner:oid srvfdw:oid srvtype:text srvversion:text srvacl:_aclitem srvoptions:_text",
	"pg_foreign_data_wrapper": "oid:oid fdwname fdwowner:oid fdwhandler:oid fdwvalidator:oid fdwacl:_aclitem fdwoptions:_text", "pg_user_mappings": "umid:oid srvid:oid srvname umuser:oid usename umoptions:_text",
	"pg_operator": "oid:oid oprname oprnamespace:oid oprowner:oid oprkind:char oprcanmerge:bool oprcanhash:bool oprleft:oid oprright:oid oprresult:oid oprcom:oid oprnegate:oid oprcode:regproc oprrest:regproc oprjoin:regproc",
	"pg_opclass":  "oid:oid opcmethod:oid opcname opcnamespace:oid opcowner:oid opcfamily:oid opcintype:oid opcdefault:bool opckeytype:oid", "pg_opfamily": "oid:oid opfmethod:oid opfname opfnamespace:oid opfowner:oid",
	"pg_cast": "oid:oid castsource:oid casttarget:oid castfunc:oid castcontext:char castmethod:char", "pg_aggregate": "aggfnoid:regproc aggkind:char aggnumdirectargs:int2",
	"pg_conversion":    "oid:oid conname connamespace:oid conowner:oid conforencoding:int4 contoencoding:int4 conproc:regproc condefault:bool",
	"pg_event_trigger": "oid:oid evtname evtevent evtowner:oid evtfoid:oid evtenabled:char evttags:_text", "pg_auth_members": "oid:oid roleid:oid member:oid grantor:oid admin_option:bool inherit_option:bool set_option:bool",
	"pg_default_acl": "oid:oid defaclrole:oid defaclnamespace:oid defaclobjtype:char defaclacl:_aclitem", "pg_db_role_setting": "setdatabase:oid setrole:oid setconfig:_text",
	"pg_views": "schemaname viewname viewowner definition:text", "pg_matviews": "schemaname matviewname matviewowner tablespace hasindexes:bool ispopulated:bool definition:text",
	"pg_indexes": "schemaname tablename indexname tablespace indexdef:text", "pg_partitioned_table": "partrelid:oid partstrat:char partnatts:int2 partdefid:oid partattrs:int2vector partclass:oidvector partcollation:oidvector partexprs:text",
	"pg_locks": "locktype:text database:oid relation:oid pid:int4 mode:text granted:bool", "pg_stat_user_tables": "relid:oid schemaname relname seq_scan:int8 n_live_tup:int8 n_dead_tup:int8 last_analyze:timestamptz",
	"pg_seclabel": "objoid:oid classoid:oid objsubid:int4 provider:text label:text", "pg_ts_config": "oid:oid cfgname cfgnamespace:oid cfgowner:oid cfgparser:oid", "pg_largeobject_metadata": "oid:oid lomowner:oid lomacl:_aclitem",
	"pg_prepared_xacts": "transaction:xid gid:text prepared:timestamptz owner database", "pg_cursors": "name:text statement:text is_holdable:bool", "pg_prepared_statements": "name:text statement:text",
	"pg_group": "groname grosysid:oid grolist:_oid", "pg_stat_database": "datid:oid datname numbackends:int4", "pg_timezone_abbrevs": "abbrev:text utc_offset:interval is_dst:bool", "pg_stats": "schemaname tablename attname null_frac:float4",

	"information_schema.schemata":                        "catalog_name schema_name schema_owner default_character_set_catalog default_character_set_schema default_character_set_name sql_path:text",
	"information_schema.tables":                          "table_catalog table_schema table_name table_type:text self_referencing_column_name reference_generation:text user_defined_type_catalog user_defined_type_schema user_defined_type_name is_insertable_into:text is_typed:text commit_action:text",
	"information_schema.columns":                         "table_catalog table_schema table_name column_name ordinal_position:int4 column_default:text is_nullable:text data_type:text character_maximum_length:int4 character_octet_length:int4 numeric_precision:int4 numeric_precision_radix:int4 numeric_scale:int4 datetime_precision:int4 interval_type:text interval_precision:int4 character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name domain_catalog domain_schema domain_name udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality:int4 dtd_identifier is_self_referencing:text is_identity:text identity_generation:text identity_start:text identity_increment:text identity_maximum:text identity_minimum:text identity_cycle:text is_generated:text generation_expression:text is_updatable:text",
	"information_schema.information_schema_catalog_name": "catalog_name", "information_schema.enabled_roles": "role_name", "information_schema.applicable_roles": "grantee role_name is_grantable:text",
	"information_schema.character_sets":          "character_set_catalog character_set_schema character_set_name character_repertoire form_of_use default_collate_catalog default_collate_schema default_collate_name",
	"information_schema.views":                   "table_catalog table_schema table_name view_definition:text check_option:text is_updatable:text is_insertable_into:text is_trigger_updatable:text is_trigger_deletable:text is_trigger_insertable_into:text",
	"information_schema.table_constraints":       "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type:text is_deferrable:text initially_deferred:text enforced:text",
	"information_schema.key_column_usage":        "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name ordinal_position:int4 position_in_unique_constraint:int4",
	"information_schema.constraint_column_usage": "table_catalog table_schema table_name column_name constraint_catalog constraint_schema constraint_name",
	"information_schema.referential_constraints": "constraint_catalog constraint_schema constraint_name unique_constraint_catalog unique_constraint_schema unique_constraint_name match_option:text update_rule:text delete_rule:text",
	"information_schema.check_constraints":       "constraint_catalog constraint_schema constraint_name check_clause:text",
	"information_schema.routines":                "specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name routine_type:text data_type:text routine_definition:text external_language:text",
	"information_schema.parameters":              "specific_catalog specific_schema specific_name ordinal_position:int4 parameter_mode:text parameter_name data_type:text",
	"information_schema.sequences":               "sequence_catalog sequence_schema sequence_name data_type:text start_value:text minimum_value:text maximum_value:text increment:text",
	"information_schema.triggers":                "trigger_catalog trigger_schema trigger_name event_manipulation:text event_object_schema event_object_table action_statement:text action_timing:text",
	"information_schema.table_privileges":        "grantor grantee table_catalog table_schema table_name privilege_type:text is_grantable:text with_hierarchy:text",
	"information_schema.column_privileges":       "grantor grantee table_catalog table_schema table_name column_name privilege_type:text is_grantable:text",
	"information_schema.domains":                 "domain_catalog domain_schema domain_name data_type:text", "information_schema.element_types": "object_catalog object_schema object_name object_type:text collection_type_identifier data_type:text udt_name",
	"information_schema.collations": "collation_catalog collation_schema collation_name pad_attribute:text", "information_schema.user_defined_types": "user_defined_type_catalog user_defined_type_schema user_defined_type_name",
}

func systemTables() []*Table {
	var out []*Table
	for name, spec := range definitions {
		t := &Table{Schema: "pg_catalog", Name: name}
		if s, rest, ok := strings.Cut(name, "."); ok {
			t.Schema, t.Name = s, rest
		}
		for col := range strings.FieldsSeq(spec) {
			n, typ, ok := strings.Cut(col, ":")
			if !ok {
				typ = "name"
			}
			t.Columns = append(t.Columns, Column{n, typeByName[typ].oid})
		}
		out = append(out, t)
	}
	sortTables(out)
	return out
}

// row makes a row of a table of named values; the rest is NULL, but false and
// 0 for flags and numbers.
func (t *Table) row(values map[string]any) []any {
	out := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		if v, ok := values[c.Name]; ok {
			if n, isInt := v.(int); isInt {
				v = int64(n)
			}
			out[i] = v
			continue
		}
		switch c.Type {
		case Bool:
			out[i] = false
		case OIDType, Int2, Int4, RegProc:
			if !strings.HasPrefix(t.Schema, "info") {
				out[i] = int64(0)
			}
		case Char:
			out[i] = ""
		}
	}
	return out
}

// fill writes the rows that are the same for everyone.
func (cat *Catalog) fill() {
	add := func(name string, values map[string]any) {
		if !strings.Contains(name, ".") {
			name = "pg_catalog." + name
		}
		t := cat.tables[name]
		t.Rows = append(t.Rows, t.row(values))
	}
	for _, s := range cat.schemas {
		add("pg_namespace", map[string]any{"oid": s.oid, "nspname": s.name, "nspowner": roleOID})
	}
	for i := range allTypes {
		t := &allTypes[i]
		input := int64(0)
		if t.name[0] == '_' {
			input = procs["array_in"]
		}
		add("pg_type", map[string]any{"typinput": input, "oid": int64(t.oid), "typname": t.name, "typnamespace": pgCatalogOID, "typowner": roleOID, "typlen": t.length,
			"typbyval": t.byValue, "typtype": t.typeType, "typcategory": t.kind, "typisdefined": true, "typdelim": ",", "typelem": int64(t.element),
			"typarray": int64(t.array), "typalign": "i", "typstorage": "p", "typtypmod": -1})
	}
	add("pg_am", map[string]any{"oid": 2, "amname": "heap", "amtype": "t"})
	add("pg_tablespace", map[string]any{"oid": 1663, "spcname": "pg_default", "spcowner": roleOID})
	add("pg_collation", map[string]any{"oid": 100, "collname": "default", "collnamespace": pgCatalogOID, "collprovider": "d", "collencoding": -1, "collisdeterministic": true})
	add("pg_collation", map[string]any{"oid": 950, "collname": "C", "collnamespace": pgCatalogOID, "collprovider": "c", "collencoding": -1, "collisdeterministic": true})
	add("pg_language", map[string]any{"oid": 14, "lanname": "sql", "lanpltrusted": true})
	for _, r := range cat.relations {
		ns, _ := cat.schemaOID(r.schema)
		am := 0
		if r.kind == "r" {
			am = 2
		}
		add("pg_class", map[string]any{"oid": r.oid, "relname": r.name, "relnamespace": ns, "relowner": roleOID, "relam": am, "reltuples": -1.0, "relpersistence": "p",
			"relkind": r.kind, "relnatts": len(r.table.Columns), "relispopulated": true, "relreplident": "n", "tableoid": 1259})
		for i, c := range r.table.Columns {
			add("pg_attribute", map[string]any{"attrelid": r.oid, "attname": c.Name, "atttypid": int64(c.Type), "attlen": c.Type.Size(), "attnum": i + 1,
				"attcacheoff": -1, "atttypmod": -1, "attalign": "i", "attstorage": "p", "attislocal": true, "attstattarget": -1})
		}
		if r.kind == "r" {
			add("pg_tables", map[string]any{"schemaname": r.schema, "tablename": r.name, "tableowner": "lodestar"})
		}
	}
}

// rowsOf gives the rows of a table, those that depend on who asks included.
func (cat *Catalog) rowsOf(t *Table, s *Session) [][]any {
	var out [][]any
	add := func(values map[string]any) { out = append(out, t.row(values)) }
	switch t.Schema + "." + t.Name {
	case "pg_catalog.pg_database":
		add(map[string]any{"oid": databaseOID, "datname": s.Database, "datdba": roleOID, "encoding": 6, "datlocprovider": "c", "datallowconn": true,
			"datconnlimit": -1, "dattablespace": 1663, "datcollate": "C", "datctype": "C.UTF-8"})
	case "pg_catalog.pg_roles":
		add(map[string]any{"oid": roleOID, "rolname": s.User, "rolinherit": true, "rolcanlogin": true, "rolconnlimit": -1})
	case "pg_catalog.pg_user":
		add(map[string]any{"usename": s.User, "usesysid": roleOID})
	case "pg_catalog.pg_settings":
		for _, kv := range s.Settings() {
			add(map[string]any{"name": kv[0], "setting": kv[1], "category": "Lodestar", "context": "user", "vartype": "string", "source": "default", "boot_val": kv[1], "reset_val": kv[1]})
		}
	case "pg_catalog.pg_stat_activity":
		add(map[string]any{"datid": databaseOID, "datname": s.Database, "pid": int64(s.PID), "usename": s.User, "state": "active", "backend_type": "client backend", "query_start": s.Now})
	case "pg_catalog.pg_timezone_names":
		_, offset := s.Now.Zone()
		add(map[string]any{"name": s.Zone.String(), "abbrev": s.Now.Format("MST"), "utc_offset": Interval{Rest: time.Duration(offset) * time.Second}})
	case "pg_catalog.pg_description":
		for _, r := range cat.views {
			for i := range len(r.view.Columns) + 1 {
				if d := cat.description(r.oid, int64(i), s.Lang); d != nil {
					add(map[string]any{"objoid": r.oid, "classoid": classTable(cat), "objsubid": i, "description": d})
				}
			}
		}
	case "information_schema.information_schema_catalog_name":
		add(map[string]any{"catalog_name": s.Database})
	case "information_schema.enabled_roles":
		add(map[string]any{"role_name": s.User})
	case "information_schema.character_sets":
		add(map[string]any{"character_set_name": "UTF8", "character_repertoire": "UCS", "form_of_use": "UTF8", "default_collate_catalog": s.Database, "default_collate_schema": "pg_catalog", "default_collate_name": "C"})
	case "information_schema.schemata":
		for _, x := range cat.schemas {
			add(map[string]any{"catalog_name": s.Database, "schema_name": x.name, "schema_owner": "lodestar"})
		}
	case "information_schema.tables":
		for _, r := range cat.relations {
			kind := "BASE TABLE"
			if r.kind == "v" {
				kind = "VIEW"
			}
			add(map[string]any{"table_catalog": s.Database, "table_schema": r.schema, "table_name": r.name, "table_type": kind, "is_insertable_into": "NO", "is_typed": "NO"})
		}
	case "information_schema.table_privileges":
		for _, r := range cat.views {
			add(map[string]any{"grantor": "lodestar", "grantee": s.User, "table_catalog": s.Database, "table_schema": r.schema, "table_name": r.name, "privilege_type": "SELECT", "is_grantable": "NO"})
		}
	case "information_schema.columns":
		cat.columnRows(s, add)
	default:
		return t.Rows
	}
	return out
}

func classTable(cat *Catalog) int64 { return cat.oidOf(cat.tables["pg_catalog.pg_class"]) }

func (cat *Catalog) columnRows(s *Session, add func(map[string]any)) {
	for _, r := range cat.relations {
		for i, c := range r.table.Columns {
			v := map[string]any{"table_catalog": s.Database, "table_schema": r.schema, "table_name": r.name, "column_name": c.Name, "ordinal_position": i + 1,
				"is_nullable": "YES", "data_type": c.Type.String(), "udt_catalog": s.Database, "udt_schema": "pg_catalog", "udt_name": typeByOID[c.Type].name,
				"dtd_identifier": itoa(i + 1), "is_self_referencing": "NO", "is_identity": "NO", "identity_cycle": "NO", "is_generated": "NEVER", "is_updatable": "NO"}
			if c.Type.Element() != 0 {
				v["data_type"] = "ARRAY"
			}
			switch c.Type {
			case Int8:
				v["numeric_precision"], v["numeric_precision_radix"], v["numeric_scale"] = 64, 2, 0
			case Int4:
				v["numeric_precision"], v["numeric_precision_radix"], v["numeric_scale"] = 32, 2, 0
			case Float8:
				v["numeric_precision"], v["numeric_precision_radix"] = 53, 2
			case Timestamp, TimestampTZ:
				v["datetime_precision"] = 6
			case Date:
				v["datetime_precision"] = 0
			}
			add(v)
		}
	}
}
