ew_add_test(tst_records LINK ew::records)
