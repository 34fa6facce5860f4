/* SPDX-License-Identifier: ISC */
/*
 * Giving up entries that some groups have not done, because there is no room
 * for more: in the stream, in the memory of Redis, or in the spool, which
 * keeps what any group may still need.
 *
 * The database is not asked to give up anything.  Of the other groups those
 * lose most that are furthest behind, as it is the oldest entries that go.
 * For each group this has to agree:
 *
 *	- an entry that is pending is acknowledged, so that nobody claims it,
 *	  and low-water marks can rise;
 *	- one that was not given yet is passed over by the group's cursor;
 *	- the reports of both are counted as lost, once.
 *
 * A script does all of it, so that no consumer reads or acknowledges
 * meanwhile.  Its first write, XTRIM, needs no memory; after it Redis lets a
 * script use more than there is, which matters as lack of memory is one of
 * the reasons for calling it.
 */
#include <assert.h>

#include "queue/command.h"
#include "queue/groups.h"
#include "queue/lag.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/stream.h"

/*
 * KEYS: stream, dropped.  ARGV: low, most entries, the group that is done with
 * them.  Returns the number of entries, then names of groups and reports.
 * Entries are looked at one by one, as they may be large.
 */
static const char give_up_script[] =
    "local function after(a, b)\n"
    "  local am, as = a:match('(%d+)-(%d+)')\n"
    "  local bm, bs = b:match('(%d+)-(%d+)')\n"
    "  am, as = tonumber(am), tonumber(as)\n"
    "  bm, bs = tonumber(bm), tonumber(bs)\n"
    "  return am > bm or (am == bm and as > bs)\n"
    "end\n"
    "local e, reports, from = {}, {}, '-'\n"
    "while #e < tonumber(ARGV[2]) do\n"
    "  local x = redis.call('XRANGE', KEYS[1], from, '(' .. ARGV[1],\n"
    "      'COUNT', 1)[1]\n"
    "  if not x then break end\n"
    "  table.insert(e, x[1])\n"
    "  reports[x[1]] = 1\n"
    "  for i = 1, #x[2], 2 do\n"
    "    if x[2][i] == 'n' then\n"
    "      reports[x[1]] = tonumber(x[2][i + 1]) or 1\n"
    "    end\n"
    "  end\n"
    "  from = '(' .. x[1]\n"
    "end\n"
    "if #e == 0 then return { 0 } end\n"
    "local last = e[#e]\n"
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
    "    for _, id in ipairs(e) do\n"
    "      if after(id, given) then lost = lost + reports[id] end\n"
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

/* The caller repeats this until there is room, or nothing was given up. */
enum queue_verdict
queue_lag_give_up(const struct queue_stream *s, const struct queue_id *low,
    size_t max, int64_t *n,
    void (*lost)(void *arg, const char *group, int64_t reports), void *arg)
{
	const struct queue_reply *counted;
	struct queue_command c;
	struct queue_reply *reply;
	enum queue_verdict v;
	const char *name;
	char key[QUEUE_NAMES_LEN];
	size_t i, len;

	assert(max > 0);
	queue_names_dropped(key, s->name);
	queue_command_script(&c, give_up_script, 2);
	queue_command_str(&c, s->name);
	queue_command_str(&c, key);
	queue_command_id(&c, low);
	queue_command_num(&c, (int64_t)max);
	queue_command_str(&c, QUEUE_GROUP_INTERNAL);
	reply = queue_command_run(&c, s->redis);
	counted = queue_reply_at(reply, 0);
	v = queue_reply_check(counted == NULL ? reply : counted, "i",
	    "giving up");
	*n = v == QUEUE_OK ? queue_reply_num(counted) : 0;
	for (i = 1; v == QUEUE_OK && i + 1 < queue_reply_count(reply); i += 2) {
		name = queue_reply_text(queue_reply_at(reply, i), &len);
		if (name != NULL)
			lost(arg, name, queue_reply_num(queue_reply_at(reply,
			    i + 1)));
	}
	queue_reply_free(reply);
	return v;
}
