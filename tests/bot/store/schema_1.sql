BEGIN TRANSACTION;
CREATE TABLE facts (
	"key" VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "facts" VALUES('schema','1');
INSERT INTO "facts" VALUES('opened_at','2026-11-25T16:36:15.395783+00:00');
INSERT INTO "facts" VALUES('commands','abc');
CREATE TABLE learners (
	id VARCHAR(64) NOT NULL, 
	language VARCHAR(16) NOT NULL, 
	last_step VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "learners" VALUES('1','zh-CN','train');
INSERT INTO "learners" VALUES('2','en','intro');
CREATE TABLE progress (
	learner_id VARCHAR(64) NOT NULL, 
	step VARCHAR(32) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	PRIMARY KEY (learner_id, step), 
	FOREIGN KEY(learner_id) REFERENCES learners (id) ON DELETE CASCADE
);
INSERT INTO "progress" VALUES('1','build','2026-11-25 16:36:15.415233');
INSERT INTO "progress" VALUES('1','train','2026-11-25 16:36:15.420260');
INSERT INTO "progress" VALUES('2','intro','2026-11-25 16:36:15.424721');
CREATE TABLE runs (
	id VARCHAR(64) NOT NULL, 
	owner_id VARCHAR(64) NOT NULL, 
	owner_name VARCHAR(200) NOT NULL, 
	language VARCHAR(16) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	session VARCHAR(64) NOT NULL, 
	config JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	guild_id VARCHAR(64), 
	channel_id VARCHAR(64) NOT NULL, 
	message_id VARCHAR(64) NOT NULL, 
	dataset VARCHAR(32) NOT NULL, 
	test_accuracy FLOAT, 
	finished_at DATETIME, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('20261124-101530-abcd','local','local','zh-CN','finished','s','{"recipe": "tutorial", "dataset": "auto", "epochs": 2, "batch_size": 32, "learning_rate": 0.001, "augment": false, "seed": 7}','2026-11-24 10:15:30.000000',NULL,'','','fashion-mnist',0.8812,'2026-11-24 10:16:30.000000','');
INSERT INTO "runs" VALUES('20261124-101531-abcd','1','Mei','zh-CN','running','s','{"recipe": "tutorial", "dataset": "auto", "epochs": 2, "batch_size": 32, "learning_rate": 0.001, "augment": false, "seed": 7}','2026-11-24 10:15:30.000000','7','','','fashion-mnist',NULL,NULL,'');
INSERT INTO "runs" VALUES('20261124-101532-abcd','2','Mei','zh-CN','interrupted','s','{"recipe": "tutorial", "dataset": "auto", "epochs": 2, "batch_size": 32, "learning_rate": 0.001, "augment": false, "seed": 7}','2026-11-24 10:15:30.000000','7','','','fashion-mnist',NULL,'2026-11-24 10:16:30.000000','');
CREATE INDEX runs_by_owner ON runs (owner_id, status, finished_at);
CREATE INDEX ix_runs_status ON runs (status);
CREATE INDEX runs_by_guild ON runs (guild_id, status, finished_at);
COMMIT;
