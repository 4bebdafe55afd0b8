# Opens a UDP socket and becomes a program that inherits it, as systemd's socket activation does:
#   activate.pl 4|6 PROGRAM ARGUMENT...
# 6 takes IPv4 as well, like ListenDatagram=69.
use strict;
use warnings;
use POSIX ();
use Socket qw(:DEFAULT pack_sockaddr_in6 IN6ADDR_ANY IPPROTO_IPV6 IPV6_V6ONLY);

my ($family, @command) = @ARGV;
# Descriptors up to this one stay open on exec.
$^F = 10;
my $address = $family == 4 ? pack_sockaddr_in(0, INADDR_ANY) : pack_sockaddr_in6(0, IN6ADDR_ANY);
socket(my $socket, $family == 4 ? PF_INET : PF_INET6, SOCK_DGRAM, 0) or die "socket: $!";
if ($family == 6) {
    setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 0) or die "setsockopt: $!";
}
bind($socket, $address) or die "bind: $!";
POSIX::dup2(fileno($socket), 3) or die "dup2: $!";
$ENV{LISTEN_FDS} = 1;
$ENV{LISTEN_PID} = $$;
exec @command or die "exec: $!";
