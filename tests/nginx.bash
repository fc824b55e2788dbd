# shellcheck shell=bash
# nginx.bash - the nginx of a test

# run_nginx PORT: starts one, with what stands on standard input in its http { };
# the port is one that it listens on.
run_nginx() {
	local name
	need nginx
	mkdir nginx.tmp
	{
		printf 'daemon off;\nuser root;\nworker_processes 1;\n'
		printf 'pid %s/nginx.pid;\nerror_log stderr;\n' "$PWD"
		printf 'events { }\nhttp {\naccess_log off;\n'
		for name in client_body proxy fastcgi uwsgi scgi; do
			printf '%s_temp_path %s/nginx.tmp/%s;\n' "$name" "$PWD" "$name"
		done
		cat
		printf '}\n'
	} >nginx.conf
	start nginx nginx -p "$PWD" -c "$PWD/nginx.conf" -e stderr
	listens_on "$1" nginx
}
