# The prompt is fixed, so that a program on a serial console can wait for it.
PS1='bedplate-live:# '
unset HISTFILE
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
