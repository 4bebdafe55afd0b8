/**
 * Questions of Debian's installer, made by "npm run questions" from the templates in its initrds and
 * packages. One row each, with columns separated by tabs: name, suites, origin, type, default, choices
 * (separated by vertical bars), description.
 */
export const QUESTION_TABLE = `
anna/choose_modules	bookworm trixie	initrd anna	multiselect			Installer components to load:
anna/choose_modules_lowmem	bookworm trixie	initrd anna	multiselect			Installer components to load:
anna/install_failed	bookworm trixie	initrd anna	error			Failed to load installer component
anna/no_kernel_modules	bookworm trixie	initrd anna	boolean	false		Continue the install without loading kernel modules?
anna/retriever	bookworm trixie	initrd anna	string			for internal use only
anna/standard_modules	bookworm trixie	initrd anna	boolean	true		for internal use; can be preseeded
apt-setup/cdrom/set-first	bookworm trixie	guide	boolean			
apt-setup/contrib	bookworm trixie	guide	boolean			
apt-setup/disable-cdrom-entries	bookworm trixie	guide	boolean			
apt-setup/local0/comment	bookworm trixie	guide	string			
apt-setup/local0/key	bookworm trixie	guide	string			
apt-setup/local0/repository	bookworm trixie	guide	string			
apt-setup/local0/source	bookworm trixie	guide	boolean			
apt-setup/multiarch	bookworm trixie	guide	string			
apt-setup/non-free	bookworm trixie	guide	boolean			
apt-setup/non-free-firmware	bookworm trixie	guide	boolean			
apt-setup/security_host	bookworm trixie	guide	string			
apt-setup/services-select	bookworm trixie	guide	multiselect			
apt-setup/use_mirror	bookworm trixie	guide	boolean			
auto-install/cloak_initrd_preseed	trixie	initrd network-preseed	boolean	false		for internal use; can be preseeded
auto-install/defaultroot	bookworm	initrd network-preseed	string	d-i/bookworm/./preseed.cfg		for internal use; can be preseeded
auto-install/defaultroot	trixie	initrd network-preseed	string	d-i/trixie/./preseed.cfg		for internal use; can be preseeded
auto-install/enable	bookworm trixie	initrd network-preseed	boolean	false		for internal use; can be preseeded
base-installer/cannot_install	bookworm	udeb bootstrap-base	error			Cannot install base system
base-installer/debootstrap-failed	bookworm	udeb bootstrap-base	error			Failed to install the base system
base-installer/debootstrap/error-abnormal	bookworm	udeb bootstrap-base	error			Base system installation error
base-installer/debootstrap/error-exitcode	bookworm	udeb bootstrap-base	error			Base system installation error
base-installer/debootstrap/error/couldntdl	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/error/invalidrel	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/error/missingrelentry	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/error/nogetrel	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/error/nogetrelsig	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/error/unknownrelsig	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/fallback-error	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/debootstrap/fallback-warning	bookworm	udeb bootstrap-base	error			Debootstrap warning
base-installer/debootstrap_script	bookworm	udeb bootstrap-base	string			for internal use; can be preseeded
base-installer/excludes	bookworm	udeb bootstrap-base	string			for internal use; can be preseeded
base-installer/includes	bookworm	udeb bootstrap-base	string			for internal use; can be preseeded
base-installer/initramfs-tools/driver-policy	bookworm	udeb bootstrap-base	select		most|dep	Drivers to include in the initrd:
base-installer/initramfs/generator	bookworm	udeb bootstrap-base	select			Tool to use to generate boot initrd:
base-installer/initramfs/unsupported	bookworm	udeb bootstrap-base	error			Unsupported initrd generator
base-installer/install-recommends	bookworm	udeb base-installer	boolean	true		for internal use; can be preseeded
base-installer/kernel/failed-install	bookworm	udeb bootstrap-base	error			Unable to install the selected kernel
base-installer/kernel/failed-package-install	bookworm	udeb bootstrap-base	error			Unable to install ...
base-installer/kernel/image	bookworm	udeb bootstrap-base	select			Kernel to install:
base-installer/kernel/linux/extra-packages	bookworm	udeb bootstrap-base	string			for internal use; can be preseeded
base-installer/kernel/linux/extra-packages-2.6	bookworm	udeb bootstrap-base	string			for internal use; can be preseeded
base-installer/kernel/linux/initramfs-tools/driver-policy	bookworm	udeb bootstrap-base	string	most		for internal use
base-installer/kernel/linux/initrd-2.6	bookworm	udeb bootstrap-base	boolean	true		for internal use only
base-installer/kernel/linux/link_in_boot	bookworm	udeb bootstrap-base	boolean	false		for internal use only
base-installer/kernel/no-kernels-found	bookworm	udeb bootstrap-base	error			Cannot install kernel
base-installer/kernel/skip-install	bookworm	udeb bootstrap-base	boolean	false		Continue without installing a kernel?
base-installer/no_codename	bookworm	udeb bootstrap-base	error			Debootstrap Error
base-installer/no_target_mounted	bookworm	udeb base-installer	error			No file system mounted on /target
base-installer/unclean_target_cancel	bookworm	udeb base-installer	error			Not installing to unclean target
base-installer/use_unclean_target	bookworm	udeb base-installer	boolean	true		Proceed with installation to unclean target?
cdrom-detect/eject	bookworm trixie	guide	boolean			
clock-setup/ntp	bookworm trixie	guide	boolean			
clock-setup/ntp-server	bookworm trixie	guide	string			
clock-setup/utc	bookworm trixie	guide	boolean			
debconf/frontend	bookworm trixie	initrd cdebconf-udeb	string			for internal use only
debconf/language	bookworm trixie	initrd cdebconf-udeb	string	en		for internal use only
debconf/priority	bookworm trixie	initrd cdebconf-udeb	select	high	critical|high|medium|low	Ignore questions with a priority less than:
debconf/showold	bookworm trixie	initrd cdebconf-udeb	boolean	false		for internal use only
debconf/translations-dropped	bookworm trixie	initrd cdebconf-udeb	boolean	false		for internal use only
debian-installer/add-kernel-opts	bookworm trixie	initrd di-utils	string			for internal use; can be preseeded
debian-installer/allow_unauthenticated	bookworm trixie	initrd rootskel	boolean	false		for internal use; can be preseeded
debian-installer/allow_unauthenticated_ssl	bookworm trixie	initrd rootskel	boolean	false		for internal use; can be preseeded
debian-installer/consoledisplay	bookworm trixie	initrd localechooser	string			for internal use only
debian-installer/country	bookworm trixie	initrd localechooser	string			for internal use; can be preseeded
debian-installer/dummy	bookworm trixie	initrd di-utils	string			Dummy template for preseeding unavailable questions
debian-installer/exit/always_halt	bookworm trixie	initrd rootskel	boolean	false		for internal use only
debian-installer/exit/halt	bookworm trixie	initrd rootskel	boolean	false		for internal use; can be preseeded
debian-installer/exit/poweroff	bookworm trixie	initrd rootskel	boolean	false		for internal use; can be preseeded
debian-installer/framebuffer	bookworm trixie	initrd rootskel	boolean	true		for internal use; can be preseeded
debian-installer/language	bookworm trixie	initrd localechooser	string			for internal use only
debian-installer/locale	bookworm trixie	initrd localechooser	select			System locale:
debian-installer/main-menu	bookworm trixie	initrd main-menu	select			Choose the next step in the install process:
debian-installer/main-menu/item-failure	bookworm trixie	initrd main-menu	error			Installation step failed
debian-installer/missing-provide	bookworm trixie	initrd main-menu	select			Choose an installation step:
debian-installer/shell-plugin	bookworm trixie	initrd di-utils	terminal			...
debian-installer/terminal-plugin-unavailable	bookworm trixie	initrd di-utils	error			Terminal plugin not available
debian-installer/theme	bookworm trixie	initrd rootskel	string			for internal use; can be preseeded
di-utils-reboot/really_reboot	bookworm trixie	initrd di-utils-reboot	boolean	false		Are you sure you want to exit now?
di-utils-shell/do-shell	bookworm trixie	initrd di-utils-shell	note			Interactive shell
espeakup/card	trixie	guide	string			
espeakup/voice	trixie	guide	string			
ethdetect/cannot_find	bookworm trixie	initrd ethdetect	error			Ethernet card not found
ethdetect/module_select	bookworm trixie	initrd ethdetect	select	no ethernet card		Driver needed by your Ethernet card:
ethdetect/prompt_missing_firmware	bookworm trixie	initrd ethdetect	boolean	true		for internal use; can be preseeded
ethdetect/use_firewire_ethernet	bookworm trixie	initrd ethdetect	boolean	false		Do you intend to use FireWire Ethernet?
finish-install/keep-consoles	bookworm trixie	guide	boolean			
finish-install/reboot_in_progress	bookworm trixie	guide	note			
grub-installer/apt-install-failed	trixie	source grub-installer	error			GRUB installation failed
grub-installer/bootdev	trixie	source grub-installer	string			Device for boot loader installation:
grub-installer/choose_bootdev	trixie	source grub-installer	select			Device for boot loader installation:
grub-installer/enable_os_prober_otheros_no	trixie	source grub-installer	boolean	false		Run os-prober automatically to detect and boot other OSes?
grub-installer/enable_os_prober_otheros_yes	trixie	source grub-installer	boolean	true		Run os-prober automatically to detect and boot other OSes?
grub-installer/force-efi-extra-removable	trixie	source grub-installer	boolean	false		Force GRUB installation to the EFI removable media path?
grub-installer/grub-install-failed	trixie	source grub-installer	error			Unable to install GRUB in ...
grub-installer/grub_not_mature_on_this_platform	trixie	source grub-installer	boolean	false		Install GRUB?
grub-installer/make_active	trixie	source grub-installer	boolean	true		for internal use; can be preseeded
grub-installer/mounterr	trixie	source grub-installer	error			Failed to mount ...
grub-installer/only_debian	trixie	source grub-installer	boolean	true		Install the GRUB boot loader to your primary drive?
grub-installer/password	trixie	source grub-installer	password			GRUB password:
grub-installer/password-again	trixie	source grub-installer	password			Re-enter password to verify:
grub-installer/password-crypted	trixie	source grub-installer	password			for internal use; can be preseeded
grub-installer/password-mismatch	trixie	source grub-installer	error			Password input error
grub-installer/skip	trixie	source grub-installer	boolean	false		for internal use; can be preseeded
grub-installer/update-grub-failed	trixie	source grub-installer	error			Unable to configure GRUB
grub-installer/update-nvram	trixie	source grub-installer	boolean	true		Update NVRAM variables to automatically boot into Debian?
grub-installer/with_other_os	trixie	source grub-installer	boolean	true		Install the GRUB boot loader to your primary drive?
hw-detect/firmware-lookup	bookworm trixie	guide	string			
hw-detect/load-ide	bookworm trixie	initrd hw-detect	boolean	false		for internal use; can be preseeded
hw-detect/load_firmware	bookworm trixie	initrd hw-detect	boolean	true		Load missing firmware from removable media?
hw-detect/load_media	bookworm trixie	initrd hw-detect	boolean	false		Load missing drivers from removable media?
hw-detect/modprobe_error	bookworm trixie	initrd hw-detect	error			Error while running '...'
hw-detect/pcmcia_resources	bookworm trixie	initrd hw-detect	string			PCMCIA resource range options:
hw-detect/retry_params	bookworm trixie	initrd hw-detect	string			Additional parameters for module ...:
hw-detect/select_modules	bookworm trixie	initrd hw-detect	multiselect			Modules to load:
hw-detect/start_pcmcia	bookworm trixie	initrd hw-detect	boolean	true		Start PC card services?
keyboard-configuration/altgr	bookworm trixie	initrd console-setup-udeb	select	Right Alt (AltGr)	The default for the keyboard layout|No AltGr key|Right Alt (AltGr)|Right Control|Right Logo key|Menu key|Left Alt|Left Logo key|Keypad Enter key|Both Logo keys|Both Alt keys	Key to function as AltGr:
keyboard-configuration/compose	bookworm trixie	initrd console-setup-udeb	select	No compose key	No compose key|Right Alt (AltGr)|Right Control|Right Logo key|Menu key|Left Logo key|Caps Lock	Compose key:
keyboard-configuration/ctrl_alt_bksp	bookworm trixie	initrd console-setup-udeb	boolean	false		Use Control+Alt+Backspace to terminate the X server?
keyboard-configuration/layout	bookworm trixie	initrd console-setup-udeb	select			Country of origin for the keyboard:
keyboard-configuration/layoutcode	bookworm trixie	initrd console-setup-udeb	string			for internal use
keyboard-configuration/model	bookworm trixie	initrd console-setup-udeb	select			Keyboard model:
keyboard-configuration/modelcode	bookworm trixie	initrd console-setup-udeb	string			for internal use
keyboard-configuration/optionscode	bookworm trixie	initrd console-setup-udeb	string			for internal use
keyboard-configuration/store_defaults_in_debconf_db	bookworm trixie	initrd console-setup-udeb	boolean	true		for internal use
keyboard-configuration/switch	bookworm trixie	initrd console-setup-udeb	select	No temporary switch	No temporary switch|Both Logo keys|Right Alt (AltGr)|Right Logo key|Left Alt|Left Logo key	Method for temporarily toggling between national and Latin input:
keyboard-configuration/toggle	bookworm trixie	initrd console-setup-udeb	select	Alt+Shift	Caps Lock|Right Alt (AltGr)|Right Control|Right Shift|Right Logo key|Menu key|Alt+Shift|Control+Shift|Control+Alt|Alt+Caps Lock|Left Control+Left Shift|Left Alt|Left Control|Left Shift|Left Logo key|Scroll Lock key|No toggling	Method for toggling between national and Latin mode:
keyboard-configuration/unsupported_config_layout	bookworm trixie	initrd console-setup-udeb	boolean	true		Keep the current keyboard layout in the configuration file?
keyboard-configuration/unsupported_config_options	bookworm trixie	initrd console-setup-udeb	boolean	true		Keep current keyboard options in the configuration file?
keyboard-configuration/unsupported_layout	bookworm trixie	initrd console-setup-udeb	boolean	true		Keep default keyboard layout (...)?
keyboard-configuration/unsupported_options	bookworm trixie	initrd console-setup-udeb	boolean	true		Keep default keyboard options (...)?
keyboard-configuration/variant	bookworm trixie	initrd console-setup-udeb	select			Keyboard layout:
keyboard-configuration/variantcode	bookworm trixie	initrd console-setup-udeb	string			for internal use
keyboard-configuration/xkb-keymap	bookworm	initrd console-setup-udeb	select		us|al|ara|es(ast)|bd|by|in(ben)|be|dz(la)|ba|br|gb|bg|bg(phonetic)|mm|ca|ca(multi)|es(cat)|cn|hr|cz|dk|nl|us(dvorak)|bt|epo|ee|et|fi|fr(latin9)|ge|de|gr|in(guj)|in(jhelum)|il|in|hu|is|ie|it|jp|in(kan)|kz|kh|kg|kr(kr104)|tr(ku_f)|tr(ku)|la|latam|lv|lt|mk|in(mal)|np|no(smi)|no|ir|ph|pl|pt|in(guru)|ro|ru|rs|pk(snd)|lk|sk|si|es|se|ch(fr)|ch|tj|in(tam)|in(tel)|th|cn(tib)|tr(f)|tr|ua|cn(ug)|vn	Keymap to use:
keyboard-configuration/xkb-keymap	trixie	initrd console-setup-udeb	select		us|al|ara|es(ast)|bd|by|in(ben)|be|dz|ba|br|gb|bg|bg(phonetic)|mm|ca|ca(multix)|es(cat)|cn|hr|cz|dk|nl|us(dvorak)|bt|epo|ee|et|fi|fr(latin9)|ge|de|gr|in(guj)|in(jhelum)|il|in|hu|is|ie|it|jp|in(kan)|kz|kh|kg|kr(kr104)|tr(ku_f)|tr(ku)|la|latam|lv|lt|mk|in(mal)|np|no(smi)|no|ir|ph|pl|pt|in(guru)|ro|ru|rs|pk(snd)|lk|sk|si|es|se|ch(fr)|ch|tj|in(tam)|in(tel)|th|cn(tib)|tr(f)|tr|tw(indigenous)|ua|cn(ug)|vn	Keymap to use:
localechooser/continentlist	bookworm trixie	initrd localechooser	select		Africa|Antarctica|Asia|Atlantic Ocean|Caribbean|Central America|Europe|Indian Ocean|North America|Oceania|South America	...
localechooser/countrylist/Africa	bookworm trixie	initrd localechooser	select		DZ|AO|BJ|BW|BF|BI|CV|CM|CF|TD|CG|CD|CI|DJ|EG|GQ|ER|SZ|ET|GA|GM|GH|GN|GW|KE|LS|LR|LY|MW|ML|MR|MA|MZ|NA|NE|NG|RW|ST|SN|SL|SO|ZA|SS|SD|TZ|TG|TN|UG|EH|ZM|ZW	...
localechooser/countrylist/Antarctica	bookworm trixie	initrd localechooser	select		AQ	...
localechooser/countrylist/Asia	bookworm trixie	initrd localechooser	select		AF|BH|BD|BT|BN|KH|CN|HK|IN|ID|IR|IQ|IL|JP|JO|KZ|KW|KG|LA|LB|MO|MY|MN|MM|NP|KP|OM|PK|PS|PH|QA|SA|SG|KR|LK|SY|TW|TJ|TH|TL|TM|TR|AE|UZ|VN|YE	...
localechooser/countrylist/Atlantic_Ocean	bookworm trixie	initrd localechooser	select		BV|FK|SH|GS	...
localechooser/countrylist/Caribbean	bookworm trixie	initrd localechooser	select		AI|AG|AW|BS|BB|BM|BQ|KY|CU|CW|DM|DO|GD|GP|HT|JM|MQ|MS|PR|BL|KN|LC|MF|VC|SX|TT|TC|VG|VI	...
localechooser/countrylist/Central_America	bookworm trixie	initrd localechooser	select		BZ|CR|SV|GT|HN|NI|PA	...
localechooser/countrylist/Europe	bookworm trixie	initrd localechooser	select		AL|AD|AM|AT|AZ|BY|BE|BA|BG|HR|CY|CZ|DK|EE|FO|FI|FR|GE|DE|GI|GR|GL|GG|VA|HU|IS|IE|IM|IT|JE|LV|LI|LT|LU|MT|MD|MC|ME|NL|MK|NO|PL|PT|RO|RU|SM|RS|SK|SI|ES|SJ|SE|CH|UA|GB|AX	...
localechooser/countrylist/Indian_Ocean	bookworm trixie	initrd localechooser	select		IO|CX|CC|KM|TF|HM|MG|MV|MU|YT|RE|SC	...
localechooser/countrylist/North_America	bookworm trixie	initrd localechooser	select		CA|MX|PM|US	...
localechooser/countrylist/Oceania	bookworm trixie	initrd localechooser	select		AS|AU|CK|FJ|PF|GU|KI|MH|FM|NR|NC|NZ|NU|NF|MP|PW|PG|PN|WS|SB|TK|TO|TV|UM|VU|WF	...
localechooser/countrylist/South_America	bookworm trixie	initrd localechooser	select		AR|BO|BR|CL|CO|EC|GF|GY|PY|PE|SR|UY|VE	...
localechooser/help/locale	bookworm trixie	initrd localechooser	note			locale
localechooser/languagelist	bookworm trixie	initrd localechooser	select	en		Language:
localechooser/preferred-locale	bookworm trixie	initrd localechooser	select			Country to base default locale settings on:
localechooser/shortlist/ar	bookworm trixie	initrd localechooser	select		SY|JO|AE|BH|DZ|SA|SD|IQ|KW|MA|IN|YE|TN|SS|OM|QA|LB|LY|EG|other	...
localechooser/shortlist/bn	bookworm trixie	initrd localechooser	select		BD|IN|other	...
localechooser/shortlist/bo	bookworm trixie	initrd localechooser	select		CN|IN|other	...
localechooser/shortlist/ca	bookworm trixie	initrd localechooser	select		AD|ES|FR|IT|other	...
localechooser/shortlist/de	bookworm trixie	initrd localechooser	select		BE|DE|IT|LI|LU|CH|AT|other	...
localechooser/shortlist/el	bookworm trixie	initrd localechooser	select		GR|CY|other	...
localechooser/shortlist/en	bookworm trixie	initrd localechooser	select		AG|AU|BW|CA|HK|IN|IE|IL|NZ|NG|PH|SC|SG|ZA|GB|US|ZM|ZW|other	...
localechooser/shortlist/es	bookworm trixie	initrd localechooser	select		AR|BO|CL|CO|CR|CU|EC|SV|ES|US|GT|HN|MX|NI|PA|PY|PE|PR|DO|UY|VE|other	...
localechooser/shortlist/eu	bookworm trixie	initrd localechooser	select		ES|FR|other	...
localechooser/shortlist/fr	bookworm trixie	initrd localechooser	select		BE|CA|FR|LU|CH|other	...
localechooser/shortlist/it	bookworm trixie	initrd localechooser	select		IT|CH|other	...
localechooser/shortlist/nl	bookworm trixie	initrd localechooser	select		AW|BE|NL|other	...
localechooser/shortlist/pa	bookworm trixie	initrd localechooser	select		PK|IN|other	...
localechooser/shortlist/pt	bookworm trixie	initrd localechooser	select		BR|PT|other	...
localechooser/shortlist/pt_BR	bookworm trixie	initrd localechooser	select		BR|PT|other	...
localechooser/shortlist/ru	bookworm trixie	initrd localechooser	select		RU|UA|other	...
localechooser/shortlist/sq	bookworm trixie	initrd localechooser	select		MK|AL|other	...
localechooser/shortlist/sr	bookworm trixie	initrd localechooser	select		RS|ME|other	...
localechooser/shortlist/sv	bookworm trixie	initrd localechooser	select		FI|SE|other	...
localechooser/shortlist/ta	bookworm trixie	initrd localechooser	select		IN|LK|other	...
localechooser/shortlist/tr	bookworm trixie	initrd localechooser	select		CY|TR|other	...
localechooser/shortlist/zh_CN	bookworm trixie	initrd localechooser	select		CN|TW|SG|HK|other	...
localechooser/shortlist/zh_TW	bookworm trixie	initrd localechooser	select		CN|SG|TW|HK|other	...
localechooser/supported-locales	bookworm trixie	initrd localechooser	multiselect			Additional locales:
localechooser/translation/no-select	bookworm trixie	initrd localechooser	note			Language selection no longer possible
localechooser/translation/none-yet	bookworm trixie	initrd localechooser	note			Translations temporarily not available
localechooser/translation/warn-light	bookworm trixie	initrd localechooser	boolean	true		Continue the installation in the selected language?
localechooser/translation/warn-severe	bookworm trixie	initrd localechooser	boolean	false		Continue the installation in the selected language?
lowmem/insufficient	bookworm trixie	initrd lowmemcheck	error			Insufficient memory
lowmem/low	bookworm trixie	initrd lowmemcheck	note			Entering low memory mode
mirror/bad	bookworm trixie	initrd choose-mirror-bin	error			Bad archive mirror
mirror/codename	bookworm trixie	initrd choose-mirror-bin	string			for internal use only
mirror/country	bookworm trixie	initrd choose-mirror-bin	string			country code or "manual" (for internal use)
mirror/ftp/directory	bookworm trixie	initrd choose-mirror-bin	string	/debian/		Debian archive mirror directory:
mirror/ftp/hostname	bookworm trixie	initrd choose-mirror-bin	string	mirror		Debian archive mirror hostname:
mirror/ftp/proxy	bookworm trixie	initrd choose-mirror-bin	string			FTP proxy information (blank for none):
mirror/http/countries	bookworm	initrd choose-mirror-bin	select	US	manual|AR|AM|AU|AT|BY|BE|BR|BG|KH|CA|CL|CN|CR|HR|CZ|DK|EE|FI|FR|GE|DE|GR|HK|HU|IS|IN|ID|IR|IL|IT|JP|KZ|KE|LV|LT|LU|MX|MD|MA|NL|NC|NZ|MK|NO|PL|PT|RO|RU|RE|RS|SG|SK|SI|ZA|KR|ES|SE|CH|TW|TH|TR|UA|GB|US|UY|VN	Debian archive mirror country:
mirror/http/countries	trixie	initrd choose-mirror-bin	select	US	manual|AR|AU|AT|AZ|BD|BY|BE|BR|BG|KH|CA|CL|CN|CR|HR|CZ|DK|EE|FI|FR|GE|DE|GR|HK|HU|IS|IN|ID|IL|IT|JP|KZ|KE|LV|LT|LU|MX|MD|MA|NL|NC|NZ|MK|NO|PL|PT|PR|RO|RU|RE|SG|SK|SI|ZA|KR|ES|SE|CH|TW|TH|TR|UA|GB|US|UY|VN	Debian archive mirror country:
mirror/http/directory	bookworm trixie	initrd choose-mirror-bin	string	/debian/		Debian archive mirror directory:
mirror/http/hostname	bookworm trixie	initrd choose-mirror-bin	string			Debian archive mirror hostname:
mirror/http/mirror	bookworm trixie	initrd choose-mirror-bin	select			Debian archive mirror:
mirror/http/proxy	bookworm trixie	initrd choose-mirror-bin	string			HTTP proxy information (blank for none):
mirror/https/countries	bookworm trixie	initrd choose-mirror-bin	select	US	manual	Debian archive mirror country:
mirror/no-default	bookworm trixie	initrd choose-mirror-bin	boolean	true		Go back and try a different mirror?
mirror/noarch	bookworm trixie	initrd choose-mirror-bin	error			Architecture not supported
mirror/protocol	bookworm trixie	initrd choose-mirror-bin	select	http		Protocol for file downloads:
mirror/suite	bookworm trixie	initrd choose-mirror-bin	select			Debian version to install:
mirror/udeb/suite	bookworm trixie	guide	string			
netcfg/bad_ipaddress	bookworm trixie	initrd netcfg	error			Malformed IP address
netcfg/bad_link_wait_timeout	bookworm trixie	initrd netcfg	error			Invalid network link detection waiting time
netcfg/choose_interface	bookworm trixie	initrd netcfg	select			Primary network interface:
netcfg/confirm_static	bookworm trixie	initrd netcfg	boolean	true		Is this information correct?
netcfg/dhcp_failed	bookworm trixie	initrd netcfg	note			Network autoconfiguration failed
netcfg/dhcp_hostname	bookworm trixie	initrd netcfg	string			DHCP hostname:
netcfg/dhcp_options	bookworm trixie	initrd netcfg	select	Configure network manually		Network configuration method:
netcfg/dhcp_timeout	bookworm trixie	initrd netcfg	string	25		for internal use; can be preseeded
netcfg/dhcpv6_timeout	bookworm trixie	initrd netcfg	string	15		for internal use; can be preseeded
netcfg/disable_autoconfig	bookworm trixie	initrd netcfg	boolean	false		for internal use; can be preseeded
netcfg/disable_dhcp	bookworm trixie	initrd netcfg	boolean	false		for internal use; can be preseeded (deprecated)
netcfg/enable	bookworm trixie	initrd netcfg	boolean	true		for internal use; can be preseeded
netcfg/error	bookworm trixie	initrd netcfg	error			Error
netcfg/gateway_unreachable	bookworm trixie	initrd netcfg	error			Unreachable gateway
netcfg/get_domain	bookworm trixie	initrd netcfg	string			Domain name:
netcfg/get_gateway	bookworm trixie	initrd netcfg	string			Gateway:
netcfg/get_hostname	bookworm trixie	initrd netcfg	string	debian		Hostname:
netcfg/get_ipaddress	bookworm trixie	initrd netcfg	string			IP address:
netcfg/get_nameservers	bookworm trixie	initrd netcfg	string			Name server addresses:
netcfg/get_netmask	bookworm trixie	initrd netcfg	string			Netmask:
netcfg/get_pointopoint	bookworm trixie	initrd netcfg	string			Point-to-point address:
netcfg/hostname	bookworm trixie	initrd netcfg	string			for internal use; can be preseeded
netcfg/invalid_essid	bookworm trixie	initrd netcfg	error			Invalid ESSID
netcfg/invalid_hostname	bookworm trixie	initrd netcfg	error			Invalid hostname
netcfg/invalid_pass	bookworm trixie	initrd netcfg	error			Invalid passphrase
netcfg/invalid_wep	bookworm trixie	initrd netcfg	error			Invalid WEP key
netcfg/kill_switch_enabled	bookworm trixie	initrd netcfg	note			Kill switch enabled on ...
netcfg/link_wait_timeout	bookworm trixie	initrd netcfg	string	3		Waiting time (in seconds) for link detection:
netcfg/no_default_route	bookworm trixie	initrd netcfg	boolean			Continue without a default route?
netcfg/no_dhcp_client	bookworm trixie	initrd netcfg	error			No DHCP client found
netcfg/no_interfaces	bookworm trixie	initrd netcfg	error			No network interfaces detected
netcfg/no_ipv6_pointopoint	bookworm trixie	initrd netcfg	error			IPv6 unsupported on point-to-point links
netcfg/target_network_config	bookworm	initrd netcfg	select		nm_config|ifupdown|loopback	for internal use; can be preseeded
netcfg/target_network_config	trixie	initrd netcfg	select		netplan|nm_config|ifupdown|loopback	for internal use; can be preseeded
netcfg/use_autoconfig	bookworm trixie	initrd netcfg	boolean	true		Auto-configure networking?
netcfg/wireless_adhoc_managed	bookworm trixie	initrd netcfg	select	Infrastructure (Managed) network	Infrastructure (Managed) network|Ad-hoc network (Peer to peer)	Type of wireless network:
netcfg/wireless_essid	bookworm trixie	initrd netcfg	string			Wireless ESSID for ...:
netcfg/wireless_essid_again	bookworm trixie	initrd netcfg	string			Wireless ESSID for ...:
netcfg/wireless_security_type	bookworm trixie	initrd netcfg	select	wpa	wep/open|wpa	Wireless network type for ...:
netcfg/wireless_show_essids	bookworm trixie	initrd netcfg	select			Wireless network:
netcfg/wireless_wep	bookworm trixie	initrd netcfg	string			WEP key for wireless device ...:
netcfg/wireless_wpa	bookworm trixie	initrd netcfg	string			WPA/WPA2 passphrase for wireless device ...:
netcfg/wpa_supplicant_failed	bookworm trixie	initrd netcfg	note			Failure of key exchange and association
network-console/authorized_keys_url	bookworm trixie	guide	string			
network-console/password	bookworm trixie	guide	password			
network-console/password-again	bookworm trixie	guide	password			
partman-auto-crypto/erase_disks	bookworm	udeb partman-auto-crypto	boolean	true		for internal use; can be preseeded
partman-auto-lvm/bad_guided_size	bookworm	udeb partman-auto-lvm	error			Invalid input
partman-auto-lvm/big_guided_size	bookworm	udeb partman-auto-lvm	error			... is too big
partman-auto-lvm/guided_size	bookworm	udeb partman-auto-lvm	string	some number		Amount of volume group to use for guided partitioning:
partman-auto-lvm/new_vg_name	bookworm	udeb partman-auto-lvm	string			Name of the volume group for the new system:
partman-auto-lvm/new_vg_name_exists	bookworm	udeb partman-auto-lvm	string			Name of the volume group for the new system:
partman-auto-lvm/no_boot	bookworm	udeb partman-auto-lvm	boolean			Continue installation without /boot partition?
partman-auto-lvm/no_pv_in_vg	bookworm	udeb partman-auto-lvm	error			No physical volume defined in volume group
partman-auto-lvm/no_such_pv	bookworm	udeb partman-auto-lvm	error			Non-existing physical volume
partman-auto-lvm/small_guided_size	bookworm	udeb partman-auto-lvm	error			... is too small
partman-auto-lvm/unusable_recipe	bookworm	udeb partman-auto-lvm	error			Failed to partition the selected disk
partman-auto-lvm/vg_create_error	bookworm	udeb partman-auto-lvm	error			Unexpected error while creating volume group
partman-auto-lvm/vg_exists	bookworm	udeb partman-auto-lvm	error			Volume group name already in use
partman-auto-raid/recipe	bookworm trixie	guide	string			
partman-auto/automatically_partition	bookworm	udeb partman-auto	select			Partitioning method:
partman-auto/autopartitioning_failed	bookworm	udeb partman-auto	error			Failed to partition the selected disk
partman-auto/cap-ram	bookworm	udeb partman-auto	string	1024		for internal use; can be preseeded
partman-auto/choose_recipe	bookworm	udeb partman-auto	select			Partitioning scheme:
partman-auto/disk	bookworm	udeb partman-auto	string			for internal use; can be preseeded
partman-auto/expert_recipe	bookworm	udeb partman-auto	string			for internal use; can be preseeded
partman-auto/expert_recipe_file	bookworm	udeb partman-auto	string			for internal use; can be preseeded
partman-auto/init_automatically_partition	bookworm	udeb partman-auto	select			Partitioning method:
partman-auto/method	bookworm	udeb partman-auto	string			for internal use; can be preseeded
partman-auto/no_recipe	bookworm	udeb partman-auto	error			Failed to partition the selected disk
partman-auto/select_disk	bookworm	udeb partman-auto	select			Select disk to partition:
partman-auto/unusable_space	bookworm	udeb partman-auto	error			Unusable free space
partman-base/devicelocked	bookworm	udeb partman-base	error			Device in use
partman-base/partlocked	bookworm	udeb partman-base	error			Partition in use
partman-crypto/cipher	bookworm	udeb partman-crypto	select			Encryption for this partition:
partman-crypto/commit_failed	bookworm	udeb partman-crypto	error			Configuration of encrypted volumes failed
partman-crypto/confirm	bookworm	udeb partman-crypto	boolean	false		Write the changes to disk and configure encrypted volumes?
partman-crypto/confirm_nochanges	bookworm	udeb partman-crypto	boolean	false		Keep current partition layout and configure encrypted volumes?
partman-crypto/create/nosel	bookworm	udeb partman-crypto	error			No devices selected
partman-crypto/create/partitions	bookworm	udeb partman-crypto	multiselect			Devices to encrypt:
partman-crypto/crypto_boot_not_possible	bookworm	udeb partman-crypto	error			Encryption configuration failure
partman-crypto/crypto_erase_failed	bookworm	udeb partman-crypto	error			Erasing data on ... failed
partman-crypto/crypto_root_needs_boot	bookworm	udeb partman-crypto	error			Encryption configuration failure
partman-crypto/crypto_type	bookworm	udeb partman-crypto	select			Encryption method for this partition:
partman-crypto/crypto_warn_erase	bookworm	udeb partman-crypto	boolean	false		Really erase the data on ...?
partman-crypto/entropy	bookworm	udeb partman-crypto	entropy			The encryption key for ... is now being created.
partman-crypto/init_failed	bookworm	udeb partman-crypto	error			Initialisation of encrypted volume failed
partman-crypto/install_udebs_failure	bookworm	udeb partman-crypto	error			Failed to download crypto components
partman-crypto/install_udebs_low_mem	bookworm	udeb partman-crypto	boolean			Proceed to install crypto components despite insufficient memory?
partman-crypto/ivalgorithm	bookworm	udeb partman-crypto	select			Initialization vector generation algorithm for this partition:
partman-crypto/keyfile-problem	bookworm	udeb partman-crypto	error			Keyfile creation failure
partman-crypto/keyhash	bookworm	udeb partman-crypto	select			Type of encryption key hash for this partition:
partman-crypto/keysize	bookworm	udeb partman-crypto	select			Key size for this partition:
partman-crypto/keytype	bookworm	udeb partman-crypto	select			Type of encryption key for this partition:
partman-crypto/mainmenu	bookworm	udeb partman-crypto	select		create|finish	Encryption configuration actions
partman-crypto/module_package_missing	bookworm	udeb partman-crypto	error			Encryption package installation failure
partman-crypto/nothing_to_setup	bookworm	udeb partman-crypto	note			No partitions to encrypt
partman-crypto/options_missing	bookworm	udeb partman-crypto	error			Required encryption options missing
partman-crypto/passphrase	bookworm	udeb partman-crypto	password			Encryption passphrase:
partman-crypto/passphrase-again	bookworm	udeb partman-crypto	password			Re-enter passphrase to verify:
partman-crypto/passphrase-empty	bookworm	udeb partman-crypto	error			Empty passphrase
partman-crypto/passphrase-mismatch	bookworm	udeb partman-crypto	error			Passphrase input error
partman-crypto/plain_erase_failed	bookworm	udeb partman-crypto	error			Erasing data on ... failed
partman-crypto/plain_warn_erase	bookworm	udeb partman-crypto	boolean	false		Really erase the data on ...?
partman-crypto/tools_missing	bookworm	udeb partman-crypto	note			Required programs missing
partman-crypto/unsafe_swap	bookworm	udeb partman-crypto	error			Unsafe swap space detected
partman-crypto/use_random_for_nonswap	bookworm	udeb partman-crypto	boolean	false		Are you sure you want to use a random key?
partman-crypto/weak_passphrase	bookworm	udeb partman-crypto	boolean	false		Use weak passphrase?
partman-efi/non_efi_system	bookworm trixie	guide	boolean			
partman-lvm/badnamegiven	bookworm	udeb partman-lvm	error			Invalid logical volume or volume group name
partman-lvm/commit_failed	bookworm	udeb partman-lvm	error			LVM configuration failure
partman-lvm/confirm	bookworm	udeb partman-lvm	boolean	false		Write the changes to disks and configure LVM?
partman-lvm/confirm_nochanges	bookworm	udeb partman-lvm	boolean	false		Keep current partition layout and configure LVM?
partman-lvm/confirm_nooverwrite	bookworm trixie	guide	boolean			
partman-lvm/device_remove_lvm	bookworm	udeb partman-lvm	boolean	false		Remove existing logical volume data?
partman-lvm/device_remove_lvm_span	bookworm	udeb partman-lvm	error			Unable to automatically remove LVM data
partman-lvm/displayall	bookworm	udeb partman-lvm	note			Current LVM configuration:
partman-lvm/help	bookworm	udeb partman-lvm	note			Logical Volume Management
partman-lvm/lvcreate_error	bookworm	udeb partman-lvm	error			Error while creating a new logical volume
partman-lvm/lvcreate_exists	bookworm	udeb partman-lvm	error			Error while creating a new logical volume
partman-lvm/lvcreate_name	bookworm	udeb partman-lvm	string			Logical volume name:
partman-lvm/lvcreate_nofreevg	bookworm	udeb partman-lvm	error			No volume group found
partman-lvm/lvcreate_nonamegiven	bookworm	udeb partman-lvm	error			No logical volume name entered
partman-lvm/lvcreate_size	bookworm	udeb partman-lvm	string			Logical volume size:
partman-lvm/lvcreate_vgnames	bookworm	udeb partman-lvm	select			Volume group:
partman-lvm/lvdelete_error	bookworm	udeb partman-lvm	error			Error while deleting the logical volume
partman-lvm/lvdelete_lvnames	bookworm	udeb partman-lvm	select			Logical volume:
partman-lvm/lvdelete_nolv	bookworm	udeb partman-lvm	error			No logical volume found
partman-lvm/mainmenu	bookworm	udeb partman-lvm	select			LVM configuration action:
partman-lvm/nolvm	bookworm	udeb partman-lvm	error			Logical Volume Manager not available
partman-lvm/nopartitions	bookworm	udeb partman-lvm	error			No usable physical volumes found
partman-lvm/pvcreate_error	bookworm	udeb partman-lvm	error			Error while initializing physical volume
partman-lvm/vgcreate_devnameused	bookworm	udeb partman-lvm	error			Volume group name overlaps with device name
partman-lvm/vgcreate_error	bookworm	udeb partman-lvm	error			Error while creating volume group
partman-lvm/vgcreate_name	bookworm	udeb partman-lvm	string			Volume group name:
partman-lvm/vgcreate_nameused	bookworm	udeb partman-lvm	error			Volume group name already in use
partman-lvm/vgcreate_nonamegiven	bookworm	udeb partman-lvm	error			No volume group name entered
partman-lvm/vgcreate_nosel	bookworm	udeb partman-lvm	error			No physical volumes selected
partman-lvm/vgcreate_parts	bookworm	udeb partman-lvm	multiselect			Devices for the new volume group:
partman-lvm/vgdelete_confirm	bookworm	udeb partman-lvm	boolean	true		Really delete the volume group?
partman-lvm/vgdelete_error	bookworm	udeb partman-lvm	error			Error while deleting volume group
partman-lvm/vgdelete_names	bookworm	udeb partman-lvm	select			Volume group to delete:
partman-lvm/vgdelete_novg	bookworm	udeb partman-lvm	error			No volume group found
partman-lvm/vgextend_error	bookworm	udeb partman-lvm	error			Error while extending volume group
partman-lvm/vgextend_names	bookworm	udeb partman-lvm	select			Volume group to extend:
partman-lvm/vgextend_nosel	bookworm	udeb partman-lvm	error			No physical volumes selected
partman-lvm/vgextend_novg	bookworm	udeb partman-lvm	error			No volume group found
partman-lvm/vgextend_parts	bookworm	udeb partman-lvm	multiselect			Devices to add to the volume group:
partman-lvm/vgreduce_error	bookworm	udeb partman-lvm	error			Error while reducing volume group
partman-lvm/vgreduce_names	bookworm	udeb partman-lvm	select			Volume group to reduce:
partman-lvm/vgreduce_nosel	bookworm	udeb partman-lvm	error			No physical volumes selected
partman-lvm/vgreduce_novg	bookworm	udeb partman-lvm	error			No volume group found
partman-lvm/vgreduce_parts	bookworm	udeb partman-lvm	multiselect			Devices to remove from the volume group:
partman-md/commit_failed	bookworm	udeb partman-md	error			RAID configuration failure
partman-md/confirm	bookworm	udeb partman-md	boolean	false		Write the changes to the storage devices and configure RAID?
partman-md/confirm_nochanges	bookworm	udeb partman-md	boolean	false		Keep current partition layout and configure RAID?
partman-md/createmain	bookworm	udeb partman-md	select		RAID0|RAID1|RAID5|RAID6|RAID10	Software RAID device type:
partman-md/delete_no_md	bookworm	udeb partman-md	error			No software RAID devices available
partman-md/deletefailed	bookworm	udeb partman-md	error			Failed to delete the software RAID device
partman-md/deletemenu	bookworm	udeb partman-md	select			Software RAID device to be deleted:
partman-md/deleteverify	bookworm	udeb partman-md	boolean	false		Really delete this software RAID device?
partman-md/device_remove_md	bookworm	udeb partman-md	boolean	false		Remove existing software RAID partitions?
partman-md/mainmenu	bookworm	udeb partman-md	select		create|delete|finish	Software RAID configuration actions
partman-md/nomd	bookworm	udeb partman-md	error			Software RAID not available
partman-md/noparts	bookworm	udeb partman-md	error			No RAID partitions available
partman-md/notenoughparts	bookworm	udeb partman-md	error			Not enough RAID partitions available
partman-md/raid0devs	bookworm	udeb partman-md	multiselect			Active devices for the RAID0 array:
partman-md/raid10layout	bookworm	udeb partman-md	string	n2		Layout of the RAID10 array:
partman-md/raiddevcount	bookworm	udeb partman-md	string			Number of active devices for the RAID... array:
partman-md/raiddevs	bookworm	udeb partman-md	multiselect			Active devices for the RAID... array:
partman-md/raidsparecount	bookworm	udeb partman-md	string			Number of spare devices for the RAID... array:
partman-md/raidsparedevs	bookworm	udeb partman-md	multiselect			Spare devices for the RAID... array:
partman-partitioning/choose_label	bookworm trixie	guide	select			
partman-partitioning/confirm_write_new_label	bookworm trixie	guide	boolean			
partman-partitioning/default_label	bookworm trixie	guide	string			
partman-target/choose_method	trixie	source partman-target	select			How to use this partition:
partman-target/help	trixie	source partman-target	note			Help on partitioning
partman-target/mount_failed	trixie	source partman-target	boolean	true		Do you want to resume partitioning?
partman-target/must_be_on_root	trixie	source partman-target	error			Separate file system not allowed here
partman-target/no_root	trixie	source partman-target	error			No root file system
partman-target/same_label	trixie	source partman-target	error			Identical labels for two file systems
partman-target/same_mountpoint	trixie	source partman-target	error			Identical mount points for two file systems
partman/active_partition	bookworm	udeb partman-base	select			Partition settings:
partman/alignment	bookworm	udeb partman-base	select	optimal	cylinder|minimal|optimal	for internal use; can be preseeded
partman/choose_partition	bookworm	udeb partman-base	select			This is an overview of your currently configured partitions and mount points. Select a partition to modify its settings (file system, mount point, etc.), a free space to create partitions, or a device to initialize its partition table.
partman/confirm	bookworm	udeb partman-base	boolean	false		Write the changes to disks?
partman/confirm_nochanges	bookworm	udeb partman-base	boolean	false		Continue with the installation?
partman/confirm_nooverwrite	bookworm	udeb partman-base	boolean	false		Write the changes to disks?
partman/default_filesystem	bookworm	udeb partman-base	string	ext4		for internal use; can be preseeded
partman/early_command	bookworm	udeb partman-base	string			for internal use; can be preseeded
partman/exception_handler	bookworm	udeb partman-base	select			...
partman/exception_handler_note	bookworm	udeb partman-base	note			...
partman/free_space	bookworm	udeb partman-base	select			How to use this free space:
partman/mount_style	trixie	source partman-target	select	uuid	traditional|label|uuid	for internal use; can be preseeded
partman/show_free_chs	bookworm	udeb partman-base	note			The free space starts from ... and ends at ....
partman/show_partition_chs	bookworm	udeb partman-base	note			The partition starts from ... and ends at ....
partman/storage_device	bookworm	udeb partman-base	select			What to do with this device:
passwd/make-user	trixie	source user-setup	boolean	true		Create a normal user account now?
passwd/root-login	trixie	source user-setup	boolean	true		Allow login as root?
passwd/root-password	trixie	source user-setup	password			Root password:
passwd/root-password-again	trixie	source user-setup	password			Re-enter password to verify:
passwd/root-password-crypted	trixie	source user-setup	password			for internal use only
passwd/user-default-groups	trixie	source user-setup	string	audio cdrom dip floppy video plugdev netdev scanner bluetooth debian-tor lpadmin		for internal use only
passwd/user-fullname	trixie	source user-setup	string			Full name for the new user:
passwd/user-password	trixie	source user-setup	password			Choose a password for the new user:
passwd/user-password-again	trixie	source user-setup	password			Re-enter password to verify:
passwd/user-password-crypted	trixie	source user-setup	password			for internal use only
passwd/user-uid	trixie	source user-setup	string			for internal use only
passwd/username	trixie	source user-setup	string			Username for your account:
passwd/username-bad	trixie	source user-setup	error			Invalid username
passwd/username-reserved	trixie	source user-setup	error			Reserved username
pkgsel/include	bookworm	udeb pkgsel	string			for internal use; can be preseeded
pkgsel/run_tasksel	bookworm	udeb pkgsel	boolean	true		for internal use; can be preseeded
pkgsel/update-policy	bookworm	udeb pkgsel	select	none	none|unattended-upgrades	Updates management on this system:
pkgsel/updatedb	bookworm	udeb pkgsel	boolean	true		for internal use; can be preseeded
pkgsel/upgrade	bookworm	udeb pkgsel	select	safe-upgrade	none|safe-upgrade|full-upgrade	for internal use; can be preseeded
popularity-contest/participate	bookworm trixie	deb popularity-contest	boolean	false		Participate in the package usage survey?
popularity-contest/submiturls	bookworm trixie	deb popularity-contest	string			for internal use
preseed/boot_command	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/checksum_error	bookworm trixie	initrd preseed-common	error			Checksum error
preseed/command_failed	bookworm trixie	initrd preseed-common	error			Failed to run preseeded command
preseed/early_command	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/file	bookworm trixie	initrd file-preseed	string			for internal use; can be preseeded
preseed/file/checksum	bookworm trixie	initrd file-preseed	string			for internal use; can be preseeded
preseed/include	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/include/checksum	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/include_command	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/interactive	bookworm trixie	initrd preseed-common	boolean	false		for internal use; can be preseeded
preseed/late_command	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/load_error	bookworm trixie	initrd preseed-common	error			Failed to process the preconfiguration file
preseed/retrieve_error	bookworm trixie	initrd preseed-common	error			Failed to retrieve the preconfiguration file
preseed/run	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/run/checksum	bookworm trixie	initrd preseed-common	string			for internal use; can be preseeded
preseed/url	bookworm trixie	initrd network-preseed	string			Location of initial preconfiguration file:
preseed/url/checksum	bookworm trixie	initrd network-preseed	string			for internal use; can be preseeded
rescue/assemble-raid	bookworm	source rescue	multiselect			Partitions to assemble:
rescue/enable	bookworm trixie	initrd rescue-check	boolean	false		for internal use; can be preseeded
rescue/menu	bookworm	source rescue	select			Rescue operations
rescue/menu-error	bookworm	source rescue	error			Rescue operation failed
rescue/mount-failed	bookworm	source rescue	error			Mount failed
rescue/no-such-device	bookworm	source rescue	error			No such device
rescue/passphrase	bookworm	source rescue	password			Passphrase for ...:
rescue/root	bookworm	source rescue	select			Device to use as root file system:
rescue/separate-fs	bookworm	source rescue	boolean	true		Mount separate ... partition?
rescue/shell/not-found	bookworm	source rescue	error			No shell found in /target
rescue/shell/run-failed	bookworm	source rescue	error			Error running shell in /target
retriever/net/error	bookworm trixie	initrd net-retriever	select	Retry	Retry|Change mirror|Cancel	Downloading a file failed:
save-logs/bad_directory	bookworm trixie	initrd save-logs	error			Cannot save logs
save-logs/directory	bookworm trixie	initrd save-logs	string	/mnt		Directory in which to save debug logs:
save-logs/floppy_mount_failed	bookworm trixie	initrd save-logs	error			Failed to mount the floppy
save-logs/httpd_running	bookworm trixie	initrd save-logs	note			Web server started
save-logs/insert_floppy	bookworm trixie	initrd save-logs	note			Insert formatted floppy in drive
save-logs/menu	bookworm trixie	initrd save-logs	select		serve over network|mounted file system|floppy	How should the debug logs be saved or transferred?
save-logs/no_network	bookworm trixie	initrd save-logs	note			Web server started, but network not running
tasksel/desktop	bookworm trixie	deb tasksel	multiselect		gnome|kde|xfce|lxde|gnome-flashback|cinnamon|mate|lxqt	This can be preseeded to override the default desktop.
tasksel/first	bookworm trixie	deb tasksel	multiselect			Choose software to install:
tasksel/tasks	bookworm trixie	deb tasksel	multiselect			Choose software to install:
time/zone	bookworm trixie	guide	string			
user-setup/password-empty	trixie	source user-setup	error			Empty password
user-setup/password-mismatch	trixie	source user-setup	error			Password input error
`;
