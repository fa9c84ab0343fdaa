# SPDX-License-Identifier: MIT
# `cmake --install`: headers, archives, a CMake package (find_package(smf)) and smf.pc. Included last, at the top.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(SMF_INSTALL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/smf)
set(SMF_PC_LIBS "")
foreach(library host build view port_posix port_windows port_baremetal port_rtos_mpu port_common core)
  if(TARGET smf_${library})
    set_target_properties(smf_${library} PROPERTIES EXPORT_NAME ${library})
    install(TARGETS smf_${library} EXPORT smf ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    string(APPEND SMF_PC_LIBS " -lsmf_${library}")
  endif()
endforeach()
if(TARGET smf_host AND UNIX)
  string(APPEND SMF_PC_LIBS " -lm") # functions of the other convention (smf_libc_resolve_microsoft)
endif()
foreach(headers core/include host/include port/${SMF_PORT}/include port/common/include port/view/include)
  if(IS_DIRECTORY ${smf_SOURCE_DIR}/${headers})
    install(DIRECTORY ${smf_SOURCE_DIR}/${headers}/smf DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
      FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
  endif()
endforeach()
if(TARGET smf)
  install(TARGETS smf RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(SMF_PC_REQUIRES "")
if(TARGET smf_build)
  set(SMF_PC_REQUIRES libelf)
endif()
configure_package_config_file(${smf_SOURCE_DIR}/cmake/smfConfig.cmake.in ${smf_BINARY_DIR}/smfConfig.cmake
  INSTALL_DESTINATION ${SMF_INSTALL_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${smf_BINARY_DIR}/smfConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# The prefix is the one given to --install, so the file finds it from where it lies.
file(RELATIVE_PATH SMF_PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${smf_SOURCE_DIR}/cmake/smf.pc.in ${smf_BINARY_DIR}/smf.pc @ONLY)

install(EXPORT smf NAMESPACE smf:: FILE smfTargets.cmake DESTINATION ${SMF_INSTALL_CMAKE_DIR})
install(FILES ${smf_BINARY_DIR}/smfConfig.cmake ${smf_BINARY_DIR}/smfConfigVersion.cmake
  ${smf_SOURCE_DIR}/cmake/SmfAddModule.cmake ${smf_SOURCE_DIR}/cmake/SmfEmbed.cmake DESTINATION ${SMF_INSTALL_CMAKE_DIR})
install(FILES ${smf_BINARY_DIR}/smf.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
