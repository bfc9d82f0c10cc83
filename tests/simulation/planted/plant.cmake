# Copies FROM to TO with the text of FOLDER/old.txt, which must be there exactly once, replaced.
file(READ ${FROM} text)
file(READ ${FOLDER}/old.txt old)
file(READ ${FOLDER}/new.txt new)
string(FIND "${text}" "${old}" first)
string(FIND "${text}" "${old}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${FROM}: this is to be there exactly once, and is not: ${old}\n"
        "Write the entry of mutations.cmake anew for the source as it is now.")
endif()
string(REPLACE "${old}" "${new}" text "${text}")
file(WRITE ${TO} "${text}")
