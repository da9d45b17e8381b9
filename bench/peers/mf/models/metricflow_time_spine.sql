select 1 -- the table is there already
