edge_unit_test(sim_disk_test
  SOURCES sim/disk/disk_test.cpp sim/disk/file_image_test.cpp sim/disk/power_cut_test.cpp
  DEPENDS sim_disk relay_sqlite relay_base test_fakes)
