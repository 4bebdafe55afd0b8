# Runs a program on what looks like a host without IPv6 (a kernel booted with ipv6.disable=1):
# seccomp answers socket(AF_INET6, ...) with EAFNOSUPPORT. Perl is part of every Debian.
use strict;
use warnings;
use POSIX qw(uname);

my ($PR_SET_NO_NEW_PRIVS, $PR_SET_SECCOMP, $SECCOMP_MODE_FILTER) = (38, 22, 2);
my ($AF_INET6, $EAFNOSUPPORT) = (10, 97);
my ($LOAD, $JUMP_IF_EQUAL, $RETURN) = (0x20, 0x15, 0x06);
my ($ALLOW, $ERRNO) = (0x7fff0000, 0x00050000);
my %SYSCALLS = (x86_64 => { prctl => 157, socket => 41 }, aarch64 => { prctl => 167, socket => 198 });

my $calls = $SYSCALLS{ (uname)[4] } or die "no system call numbers for this machine\n";
# struct seccomp_data: the number of the call is at 0, its first argument at 16.
my @filter = map { pack 'S C C L', @$_ } (
    [ $LOAD, 0, 0, 0 ],
    [ $JUMP_IF_EQUAL, 0, 3, $calls->{socket} ],
    [ $LOAD, 0, 0, 16 ],
    [ $JUMP_IF_EQUAL, 0, 1, $AF_INET6 ],
    [ $RETURN, 0, 0, $ERRNO | $EAFNOSUPPORT ],
    [ $RETURN, 0, 0, $ALLOW ],
);
my $instructions = join '', @filter;
my $program = pack 'S x6 P', scalar @filter, $instructions;
syscall($calls->{prctl}, $PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall($calls->{prctl}, $PR_SET_SECCOMP, $SECCOMP_MODE_FILTER, $program, 0, 0) == 0 or die "seccomp: $!\n";
exec @ARGV or die "$ARGV[0]: $!\n";
