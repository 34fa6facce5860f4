/* SPDX-License-Identifier: ISC */
/*
 * A script, so that no consumer moves while it runs, and because after its
 * first write Redis lets a script use more memory than there is: it may be
 * called for want of it.
 */
#include "queue/command.h"
#include "queue/groups.h"
#include "queue/lag.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/stream.h"

/*
 * KEYS: stream, dropped.  ARGV: low, most entries, the group that has done
 * them.  Returns the number of entries, then names of groups and reports.
 */
static const char give_up[] =
    "local function after(a, b)\n"
    "  local am, as = a:match('(%d+)-(%d+)')\n"
    "  local bm, bs = b:match('(%d+)-(%d+)')\n"
    "  am, as = tonumber(am), tonumber(as)\n"
    "  bm, bs = tonumber(bm), tonumber(bs)\n"
    "  return am > bm or (am == bm and as > bs)\n"
    "end\n"
    "local e = redis.call('XRANGE', KEYS[1], '-', '(' .. ARGV[1],\n"
    "    'COUNT', ARGV[2])\n"
    "if #e == 0 then return { 0 } end\n"
    "local last = e[#e][1]\n"
    "local reports = {}\n"
    "for _, x in ipairs(e) do\n"
    "  reports[x[1]] = 1\n"
    "  for i = 1, #x[2], 2 do\n"
    "    if x[2][i] == 'n' then\n"
    "      reports[x[1]] = tonumber(x[2][i + 1]) or 1\n"
    "    end\n"
    "  end\n"
    "end\n"
    "redis.call('XTRIM', KEYS[1], 'MAXLEN',\n"
    "    redis.call('XLEN', KEYS[1]) - #e)\n"
    "local out = { #e }\n"
    "for _, g in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do\n"
    "  local f, lost = {}, 0\n"
    "  for i = 1, #g, 2 do f[g[i]] = g[i + 1] end\n"
    "  if f['name'] ~= ARGV[3] then\n"
    "    for _, p in ipairs(redis.call('XPENDING', KEYS[1], f['name'],\n"
    "        '-', last, ARGV[2])) do\n"
    "      lost = lost + (reports[p[1]] or 0)\n"
    "      redis.call('XACK', KEYS[1], f['name'], p[1])\n"
    "    end\n"
    "    local given = f['last-delivered-id']\n"
    "    for _, x in ipairs(e) do\n"
    "      if after(x[1], given) then lost = lost + reports[x[1]] end\n"
    "    end\n"
    "    if after(last, given) then\n"
    "      redis.call('XGROUP', 'SETID', KEYS[1], f['name'], last)\n"
    "    end\n"
    "    if lost > 0 then\n"
    "      redis.call('HINCRBY', KEYS[2], f['name'], lost)\n"
    "      table.insert(out, f['name'])\n"
    "      table.insert(out, lost)\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return out\n";

int64_t
queue_lag_give_up(const struct queue_stream *s,
    const struct queue_id *low, size_t max,
    void (*lost)(void *arg, const char *group, int64_t reports), void *arg)
{
	struct queue_command c;
	struct queue_reply *reply;
	const char *name;
	char key[QUEUE_NAMES_LEN];
	int64_t n;
	size_t i, len;
	int rc;

	queue_names_dropped(key, s->name);
	queue_command_script(&c, give_up, 2);
	queue_command_str(&c, s->name);
	queue_command_str(&c, key);
	queue_command_id(&c, low);
	queue_command_num(&c, (int64_t)max);
	queue_command_str(&c, QUEUE_GROUP_INTERNAL);
	reply = queue_command_run(&c, s->redis);
	n = queue_reply_num(queue_reply_at(reply, 0));
	for (i = 1; i + 1 < queue_reply_count(reply); i += 2) {
		name = queue_reply_text(queue_reply_at(reply, i), &len);
		if (name != NULL)
			lost(arg, name, queue_reply_num(queue_reply_at(reply,
			    i + 1)));
	}
	return (rc = queue_reply_verdict(reply, "giving up")) != 0 ? rc : n;
}
