# tools/cloud-sim is the oracle of the system tests, so its own checks are tested too. Python's standard library only.
foreach(subject sigv4 faults providers whatsapp)
  add_test(NAME unit.cloud_sim_${subject}
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/tools/cloud_sim/${subject}_test.py)
  set_tests_properties(unit.cloud_sim_${subject} PROPERTIES LABELS unit TIMEOUT 60
    ENVIRONMENT "PYTHONPATH=${CMAKE_SOURCE_DIR}/tools/cloud-sim;PYTHONDONTWRITEBYTECODE=1")
endforeach()
