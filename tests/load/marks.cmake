# SPDX-License-Identifier: MIT
# Host exports without a table written by hand (marks, and a firmware's own symbols), and a module that calls them.
if(WIN32)
  return() # marks and tables of a firmware's symbols need ELF
endif()
set(users "") # tests with the module in them
smf_add_test(NAME load/marked_twice SOURCES marked_twice.c marked_again.c)
smf_add_test(NAME load/marks SOURCES marks.c marks_other.c)
list(APPEND users load_marks)
if(SMF_BOARD) # whose linker script sorts
  smf_add_test(NAME load/marks_sorted SOURCES marks.c marks_other.c DEFINITIONS SMF_EXPORTS_SORTED)
  list(APPEND users load_marks_sorted)
elseif(NOT CMAKE_CROSSCOMPILING)
  add_test(NAME load/marks_toolchains COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/marks.py ${smf_SOURCE_DIR})
  set_tests_properties(load/marks_toolchains PROPERTIES LABELS "full;once" TIMEOUT 300)
endif()

# The tool of this machine. A board's tree finds it beside the smf command.
set(smf_exports "")
if(SMF_BOARD)
  cmake_path(GET SMF_COMMAND PARENT_PATH place)
  find_program(SMF_EXPORTS_COMMAND smf-exports HINTS ${place} ${place}/../exports ${smf_SOURCE_DIR}/build/host/tools/exports
    NO_CMAKE_FIND_ROOT_PATH DOC "The smf-exports tool of this machine (preset host builds one)" REQUIRED)
  set(smf_exports ${SMF_EXPORTS_COMMAND})
elseif(TARGET smf-exports AND TARGET smf_build AND NOT CMAKE_CROSSCOMPILING)
  set(smf_exports smf-exports)
endif()
if(NOT smf_exports OR NOT TARGET smf::port)
  return()
endif()

# The same firmware twice: the second has a table of the first one's symbols. Of its own it is the same table.
set(selection --match "zeb*" --match "?ntelope" ${CMAKE_CURRENT_SOURCE_DIR}/linked.list)
set(make_table ${smf_exports} --table firmware_exports)
add_custom_command(OUTPUT linked_none.c COMMAND ${make_table} --empty -o linked_none.c DEPENDS ${smf_exports} VERBATIM)
smf_add_test(NAME load/linked_once SOURCES linked_twice.c ${CMAKE_CURRENT_BINARY_DIR}/linked_none.c
  DEFINITIONS SMF_TESTS_EXPORTS=0)
add_custom_command(OUTPUT linked_first.c
  COMMAND ${make_table} --from $<TARGET_FILE:test_load_linked_once> ${selection} -o linked_first.c
  DEPENDS ${smf_exports} test_load_linked_once linked.list VERBATIM)
smf_add_test(NAME load/linked_twice SOURCES linked_twice.c ${CMAKE_CURRENT_BINARY_DIR}/linked_first.c
  DEFINITIONS SMF_TESTS_EXPORTS=4)
add_custom_command(OUTPUT linked_second.c
  COMMAND ${make_table} --from $<TARGET_FILE:test_load_linked_twice> ${selection} -o linked_second.c
  DEPENDS ${smf_exports} test_load_linked_twice linked.list VERBATIM)
add_custom_target(load_linked_second ALL DEPENDS linked_second.c)
add_test(NAME load/linked_the_same COMMAND ${CMAKE_COMMAND} -E compare_files linked_first.c linked_second.c
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
set_tests_properties(load/linked_the_same PROPERTIES LABELS quick TIMEOUT 60)
list(APPEND users load_linked_once load_linked_twice)

smf_add_module(marks_module SOURCES marks_module.c)
target_compile_options(marks_module_objects PRIVATE -fno-sanitize=all)
foreach(test IN LISTS users)
  target_compile_definitions(test_${test} PRIVATE SMF_TESTS_MODULE)
  target_link_libraries(test_${test} PRIVATE smf::port)
  smf_embed(test_${test} marks_module $<TARGET_PROPERTY:marks_module,SMF_MODULE>)
endforeach()

# Boards whose own board_port() calls modules unprivileged.
if(SMF_BOARD AND SMF_PORT STREQUAL "rtos-mpu")
  smf_add_test(NAME load/marks_confined SOURCES marks_confined.c LIBRARIES smf::port)
  smf_add_module(marks_guest SOURCES marks_guest.c)
  smf_embed(test_load_marks_confined marks_module $<TARGET_PROPERTY:marks_module,SMF_MODULE>)
  smf_embed(test_load_marks_confined marks_guest $<TARGET_PROPERTY:marks_guest,SMF_MODULE>)
endif()
