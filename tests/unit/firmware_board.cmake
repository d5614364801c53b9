edge_unit_test(firmware_board_test
  SOURCES firmware/board/board_test.cpp firmware/board/boards_test.cpp
  DEPENDS firmware_board relay_config relay_base test_fakes)
