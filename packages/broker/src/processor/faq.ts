/** The hint that the reference adds to some remarks; clients and their tests know it. */

/** Source: FAQUrl#suggestTodo. */
export const SUGGEST_FAQ = '\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';
