# SPDX-License-Identifier: MIT
# Tests with real modules, made by smf_add_module(): calls, signals and interrupts during reloads, start and stop.

# Modules that a test carries, on boards, too: smf_carry(TARGET NAME...) for modules made by smf_add_module(). They have
# no sanitizers: nothing of those is there where they are loaded.
function(smf_carry target)
  set(list "")
  foreach(name IN LISTS ARGN)
    target_compile_options(${name}_objects PRIVATE $<$<BOOL:${SMF_SANITIZE}>:-fno-sanitize=all>)
    smf_embed(${target} ${name}_carried $<TARGET_PROPERTY:${name},SMF_MODULE>)
    string(APPEND list " MODULE(${name})")
  endforeach()
  target_compile_definitions(${target} PRIVATE "SMF_TEST_CARRIED=${list}")
endfunction()

# Traffic: one source, several versions.
function(smf_traffic_module name source tag)
  string(REGEX REPLACE "_.*" "" module ${name})
  smf_add_module(${name} SOURCES traffic/${source}.c MODULE_NAME ${module} RELOADABLE)
  target_compile_definitions(${name}_objects PRIVATE TAG=${tag} ${ARGN})
  target_include_directories(${name}_objects PRIVATE ${smf_SOURCE_DIR}/core/include)
endfunction()

if(TARGET smf AND TARGET smf_port_posix AND NOT CMAKE_CROSSCOMPILING)
  set(modules pump_short pump_stubborn user)
  foreach(tag 1 2 3 4)
    foreach(name pump gauge guest)
      smf_traffic_module(${name}_${tag} ${name} ${tag})
      list(APPEND modules ${name}_${tag})
    endforeach()
  endforeach()
  smf_traffic_module(pump_short pump 1 WITHOUT_FIRST)
  smf_traffic_module(pump_stubborn pump 1 REFUSES)
  smf_traffic_module(user user 1)
  smf_add_test(NAME system/traffic SOURCES traffic.c callers.c workers.c LIBRARIES smf::port_posix
    LABELS full threads TIMEOUT 120 DEFINITIONS _GNU_SOURCE)
  smf_carry(test_system_traffic ${modules})
  smf_add_test(NAME system/signal SOURCES signal.c interrupted.c LIBRARIES smf::port_posix LABELS full TIMEOUT 60
    DEFINITIONS _GNU_SOURCE)
  smf_carry(test_system_signal pump_1 pump_2 gauge_1 gauge_2 user)
  foreach(name traffic signal)
    add_test(NAME system/${name}_soak COMMAND test_system_${name})
    set_tests_properties(system/${name}_soak PROPERTIES LABELS soak TIMEOUT 600 ENVIRONMENT SMF_TRAFFIC_SECONDS=15)
  endforeach()
endif()

# The same on boards, from an interrupt.
if(SMF_BOARD)
  foreach(tag 1 2)
    smf_traffic_module(pump_${tag} pump ${tag})
    smf_traffic_module(gauge_${tag} gauge ${tag})
  endforeach()
  smf_traffic_module(user user 1)
  target_compile_options(user_objects PRIVATE -fPIC) # it imports data that is replaced: through slots
  list(JOIN SMF_BOARD_ICOUNT " " icount) # time is counted in instructions: a busy machine changes nothing
  smf_add_test(NAME system/interrupt SOURCES interrupt.c interrupted.c LABELS full
    ENVIRONMENT "SMF_QEMU_OPTIONS=${icount}")
  smf_carry(test_system_interrupt pump_1 pump_2 gauge_1 gauge_2 user)
endif()

# Start and stop: one source, several modules.
function(smf_starting_module name told starts_at)
  string(REGEX REPLACE "_.*" "" module ${name})
  cmake_parse_arguments(M "" "USES;NEEDS" "" ${ARGN})
  smf_add_module(${name} SOURCES starting/order.c MODULE_NAME ${module} RELOADABLE NEEDS ${M_USES} ${M_NEEDS})
  target_compile_definitions(${name}_objects PRIVATE NAME=${module} TOLD=${told} STARTS_AT=${starts_at}
    $<$<BOOL:${M_USES}>:USES=${M_USES}>)
  target_include_directories(${name}_objects PRIVATE ${smf_SOURCE_DIR}/core/include)
endfunction()

set(port "")
if(TARGET smf AND TARGET smf_port_posix AND NOT CMAKE_CROSSCOMPILING)
  set(port smf::port_posix)
endif()
if(SMF_BOARD OR port)
  smf_starting_module(base base 100)
  smf_starting_module(base_later later 200)
  smf_starting_module(middle middle 0 USES base)
  smf_starting_module(side side 50)
  smf_starting_module(top top 0 USES middle NEEDS side)
  smf_add_test(NAME system/starting SOURCES starting.c telling.c LIBRARIES ${port})
  smf_carry(test_system_starting base base_later middle side top)
endif()

# C++, with the C library and its C++ companion behind it.
include(CheckLanguage)
if(port AND TARGET smf_host)
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    find_program(CMAKE_CXX_COMPILER clang++)
  endif()
  check_language(CXX)
endif()
if(port AND TARGET smf_host AND CMAKE_CXX_COMPILER)
  enable_language(CXX)
  function(smf_throwing_module name tag)
    string(REGEX REPLACE "_.*" "" module ${name})
    smf_add_module(${name} SOURCES starting/${module}.cpp MODULE_NAME ${module} RELOADABLE)
    target_compile_definitions(${name}_objects PRIVATE TAG=${tag})
  endfunction()
  foreach(tag 1 2)
    smf_throwing_module(hurler_${tag} ${tag})
    smf_throwing_module(passer_${tag} ${tag})
  endforeach()
  smf_throwing_module(catcher_1 1)
  smf_add_test(NAME system/throwing SOURCES throwing.c telling.c LIBRARIES smf::host ${port})
  smf_carry(test_system_throwing hurler_1 hurler_2 passer_1 passer_2 catcher_1)
endif()
