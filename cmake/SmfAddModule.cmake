# SPDX-License-Identifier: MIT
# smf_add_module(NAME SOURCES ...): compile with the project's own compiler, cross or not, and `smf build` the objects.
#
#   smf_add_module(blink SOURCES blink.c led.cpp)
#
#   SOURCES ...       C and C++ sources, as for add_library()
#   TEMPLATES ...     C sources that say SMF_TEMPLATE (smf/generic.h): compiled by `smf build`, once a shape, with CMAKE_C_FLAGS and the
#                     include directories and definitions of NAME_objects; there need be no SOURCES beside them
#   TEMPLATE_HEADERS ...  headers of theirs: what the module is made anew for
#   OUTPUT FILE       default: NAME.smf in the current binary directory
#   MODULE_NAME N     name that the module says it has; default: NAME
#   VERSION X.Y.Z     version that it says it has
#   STATE_VERSION N   version of what its .keep.* sections hold
#   ENTRY SYMBOL      entry function; default: main, if there is one
#   ARCH A            refuse objects for another one: x86_64 aarch64 riscv64 riscv32 arm
#   PLATFORM P        linux windows macos freebsd none any
#   COMPRESS M        lz4 or zstd: sections that get smaller are stored compressed
#   NEEDS ...         modules that must be there: NAME, NAME=HASH or NAME=@FILE (smf build --help)
#   LIBRARIES ...     archives (files), or static library targets: members are taken as needed
#   OPTIONS ...       further words for `smf build` (smf build --help)
#   RELOADABLE        may be exchanged while it runs
#   DEBUG             also writes OUTPUT.elf for the debugger
#   EXCLUDE_FROM_ALL  only built when asked for
#
# Makes a target NAME, an object library NAME_objects (for target_compile_options() and the like), and the target
# property SMF_MODULE of NAME: the module's path.
#
# smf_add_library(NAME MODULES ...): modules in one file, a library, with `smf ar create`.
#
#   smf_add_library(drivers MODULES blink bus/spi=spi old.smf)
#
#   MODULES ...       targets of smf_add_module(), or files; each may have the name that the module gets in
#                     the library before it: NAME=. Without that it is the one that the module says it has
#   OUTPUT FILE       default: NAME.lsm in the current binary directory
#   OBJECTS DIR       store DIR/NAME.o beside each module NAME for which there is such a file
#   EXCLUDE_FROM_ALL  only built when asked for
#
# Makes a target NAME, and its property SMF_LIBRARY: the library's path.
include_guard()

# Code that runs wherever the loader puts it. Arm needs nothing: words reach everything there.
function(smf_position_independent target)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(riscv|rv)")
    target_compile_options(${target} PRIVATE -mcmodel=medany)
  endif()
endfunction()

# The smf command: `result` is what COMMAND of add_custom_command() takes.
function(smf_find_command result)
  if(TARGET smf AND NOT CMAKE_CROSSCOMPILING)
    set(${result} smf PARENT_SCOPE) # CMake puts the program's path here, and builds it first
  else()
    # A program of the machine that builds, also in a cross build: beside the installed package, or in the path.
    find_program(SMF_COMMAND smf HINTS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../bin NO_CMAKE_FIND_ROOT_PATH
      DOC "The smf command, which smf_add_module() and smf_add_library() run")
    if(NOT SMF_COMMAND)
      message(FATAL_ERROR "smf_add_module() and smf_add_library() run the smf command, and there is none in the path: "
        "install smf, or say -DSMF_COMMAND=FILE, or, below add_subdirectory() where nothing is cross compiled, -DSMF_BUILD_HOST=ON")
    endif()
    set(${result} ${SMF_COMMAND} PARENT_SCOPE)
  endif()
endfunction()

function(smf_add_module name)
  cmake_parse_arguments(M "RELOADABLE;DEBUG;EXCLUDE_FROM_ALL" "OUTPUT;MODULE_NAME;VERSION;STATE_VERSION;ENTRY;ARCH;PLATFORM;COMPRESS"
    "SOURCES;TEMPLATES;TEMPLATE_HEADERS;NEEDS;LIBRARIES;OPTIONS" ${ARGN})
  if((NOT M_SOURCES AND NOT M_TEMPLATES) OR M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "smf_add_module(${name} SOURCES ...): no sources, or unknown words: ${M_UNPARSED_ARGUMENTS}")
  endif()
  smf_find_command(command)

  if(NOT M_SOURCES) # an object with nothing in it, so that NAME_objects is always what it says
    set(M_SOURCES ${CMAKE_CURRENT_BINARY_DIR}/${name}_objects.c)
    file(CONFIGURE OUTPUT ${M_SOURCES} CONTENT "typedef int nothing;\n")
  endif()
  add_library(${name}_objects OBJECT EXCLUDE_FROM_ALL ${M_SOURCES})
  if(TARGET smf::core) # smf/module.h, smf/instance.h
    target_include_directories(${name}_objects PRIVATE $<TARGET_PROPERTY:smf::core,INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
  smf_position_independent(${name}_objects)
  if(M_DEBUG)
    target_compile_options(${name}_objects PRIVATE -g)
  endif()

  if(NOT M_MODULE_NAME)
    set(M_MODULE_NAME ${name})
  endif()
  if(NOT M_OUTPUT)
    set(M_OUTPUT ${name}.smf)
  endif()
  cmake_path(ABSOLUTE_PATH M_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
  set(words -o ${M_OUTPUT} --name ${M_MODULE_NAME})
  foreach(option ENTRY ARCH PLATFORM COMPRESS)
    if(M_${option})
      string(TOLOWER ${option} word)
      list(APPEND words --${word} ${M_${option}})
    endif()
  endforeach()
  if(M_VERSION)
    list(APPEND words --module-version ${M_VERSION})
  endif()
  if(DEFINED M_STATE_VERSION)
    list(APPEND words --state-version ${M_STATE_VERSION})
  endif()
  foreach(need IN LISTS M_NEEDS)
    list(APPEND words --needs ${need})
  endforeach()
  if(M_RELOADABLE)
    list(APPEND words --reloadable)
  endif()
  set(made ${M_OUTPUT})
  if(M_DEBUG)
    list(APPEND words -g)
    list(APPEND made ${M_OUTPUT}.elf)
  endif()

  # The driver and its flags say where its helper library is.
  set(flags ${CMAKE_C_FLAGS})
  if(CMAKE_C_COMPILER_TARGET)
    string(PREPEND flags "--target=${CMAKE_C_COMPILER_TARGET} ")
  endif()
  string(STRIP "${flags}" flags)
  if(CMAKE_C_COMPILER)
    list(APPEND words --cc ${CMAKE_C_COMPILER})
  endif()
  set(templates "")
  if(M_TEMPLATES)
    set(include $<TARGET_PROPERTY:${name}_objects,INCLUDE_DIRECTORIES>)
    set(define $<TARGET_PROPERTY:${name}_objects,COMPILE_DEFINITIONS>)
    string(APPEND flags "$<$<BOOL:${include}>: '-I$<JOIN:${include},' '-I>'>$<$<BOOL:${define}>: '-D$<JOIN:${define},' '-D>'>")
    foreach(template IN LISTS M_TEMPLATES M_TEMPLATE_HEADERS)
      cmake_path(ABSOLUTE_PATH template BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
      list(APPEND templates ${template})
    endforeach()
  endif()
  if(NOT flags STREQUAL "")
    list(APPEND words --cflags ${flags})
  endif()
  set(watched ${templates})
  list(LENGTH M_TEMPLATES count)
  list(SUBLIST templates 0 ${count} templates)

  set(libraries "")
  set(targets "")
  foreach(library IN LISTS M_LIBRARIES)
    if(TARGET ${library})
      list(APPEND libraries $<TARGET_FILE:${library}>)
      list(APPEND targets ${library})
    else()
      list(APPEND libraries ${library})
    endif()
  endforeach()
  add_custom_command(OUTPUT ${made}
    COMMAND ${command} build ${words} ${M_OPTIONS} $<TARGET_OBJECTS:${name}_objects> ${templates} ${libraries}
    DEPENDS ${name}_objects $<TARGET_OBJECTS:${name}_objects> ${watched} ${libraries} ${targets}
    COMMENT "Building module ${name}" COMMAND_EXPAND_LISTS VERBATIM)
  set(all ALL)
  if(M_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  add_custom_target(${name} ${all} DEPENDS ${made})
  set_target_properties(${name} PROPERTIES SMF_MODULE ${M_OUTPUT})
endfunction()

function(smf_add_library name)
  cmake_parse_arguments(L "EXCLUDE_FROM_ALL" "OUTPUT;OBJECTS" "MODULES" ${ARGN})
  if(NOT L_MODULES OR L_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "smf_add_library(${name} MODULES ...): no modules, or unknown words: ${L_UNPARSED_ARGUMENTS}")
  endif()
  smf_find_command(command)
  if(NOT L_OUTPUT)
    set(L_OUTPUT ${name}.lsm)
  endif()
  cmake_path(ABSOLUTE_PATH L_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
  set(words "")
  set(objects "")
  if(L_OBJECTS)
    cmake_path(ABSOLUTE_PATH L_OBJECTS BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    file(GLOB_RECURSE objects CONFIGURE_DEPENDS ${L_OBJECTS}/*.o)
    set(words --objects ${L_OBJECTS})
  endif()
  set(needed ${objects})
  foreach(module IN LISTS L_MODULES)
    set(prefix "")
    if(module MATCHES "^([^=]+=)(.+)$")
      set(prefix ${CMAKE_MATCH_1})
      set(module ${CMAKE_MATCH_2})
    endif()
    if(TARGET ${module})
      list(APPEND needed ${module})
      get_target_property(module ${module} SMF_MODULE)
    endif()
    cmake_path(ABSOLUTE_PATH module BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND words ${prefix}${module})
    list(APPEND needed ${module})
  endforeach()
  add_custom_command(OUTPUT ${L_OUTPUT} COMMAND ${command} ar create ${L_OUTPUT} ${words} DEPENDS ${needed}
    COMMENT "Building library ${name}" COMMAND_EXPAND_LISTS VERBATIM)
  set(all ALL)
  if(L_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  add_custom_target(${name} ${all} DEPENDS ${L_OUTPUT})
  set_target_properties(${name} PROPERTIES SMF_LIBRARY ${L_OUTPUT})
endfunction()
