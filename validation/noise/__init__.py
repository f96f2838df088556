"""A gigabyte of noise, read as exams and as a study: refused, in bounded memory, with nothing written."""
